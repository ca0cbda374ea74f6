//! TLS for a station that is reached over the network. A handshake that is slow, or fails, keeps nobody else waiting.

use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not PEM, or nothing of the kind in it.
    #[error("{what} cannot be read as PEM: {source}; give the file that your certificate authority sent")]
    Pem {
        /// Certificate or key.
        what: &'static str,
        /// What is wrong.
        source: tokio_rustls::rustls::pki_types::pem::Error,
    },
    /// They do not fit together, or are of a kind nobody accepts.
    #[error("certificate and key cannot be used: {0}; give a certificate and its own key")]
    Unfit(#[from] tokio_rustls::rustls::Error),
}

/// A certificate chain with its key.
#[derive(Clone)]
pub struct Identity(TlsAcceptor);

impl Identity {
    /// From PEM files' bytes.
    ///
    /// # Errors
    /// Where they are no certificate and its key.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let pem = |what| move |source| TlsError::Pem { what, source };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(pem("the key"))?;
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(chain.map_err(pem("the certificate"))?, key)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// A listener whose connections have shaken hands.
pub(super) struct Encrypted {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    at: SocketAddr,
}

impl Encrypted {
    pub(super) fn over(listener: TcpListener, identity: Identity) -> Self {
        let at = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let Ok((stream, from)) = listener.accept().await else { continue };
                let (identity, sender) = (identity.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, identity.0.accept(stream)).await {
                        let _ = sender.send((stream, from)).await;
                    }
                });
            }
        });
        Self { ready, at }
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Some(accepted) = self.ready.recv().await {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.at)
    }
}

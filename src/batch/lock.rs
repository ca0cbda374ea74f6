//! One run at a time in a batch folder. The lock is the system's own, on the folder: it ends with the program, however
//! that ends, and leaves no file behind.

use super::folder::FolderError;
use crate::whole::OutputError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// A batch folder held by this program.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read: the lock goes when it is closed")] File);

impl Lock {
    /// Takes the folder `dir`, which must exist.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where another run has it.
    pub fn take(dir: &Path) -> Result<Self, FolderError> {
        let failed = |source| OutputError { path: dir.to_owned(), source };
        let folder = File::open(dir).map_err(failed)?;
        match folder.try_lock() {
            Ok(()) => Ok(Self(folder)),
            Err(TryLockError::WouldBlock) => Err(FolderError::Busy { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source).into()),
        }
    }
}

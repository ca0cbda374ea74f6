//! Who may use a batch folder at a time: one run alone, or several stations beside each other, of which one writes its
//! files. The locks are the system's own, on folders: they end with the program, however that ends, and leave no file.

use super::folder::FolderError;
use crate::whole::OutputError;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How long somebody at a station waits for a run or for another station's files, in steps.
const PATIENCE: (u32, Duration) = (200, Duration::from_millis(25));

/// A batch folder held by this program.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read: the locks go when they are closed")] Vec<File>);

impl Lock {
    /// Takes the folder `dir`, which must exist, for this program alone.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where another run has it.
    pub fn take(dir: &Path) -> Result<Self, FolderError> {
        let folder = opened(dir)?;
        got(dir, folder.try_lock()).map(|()| Self(vec![folder]))
    }

    /// Takes part in the folder beside others that do, to append to its ledger. Waits a while for a run to end.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where a run has it.
    pub fn beside(dir: &Path) -> Result<Self, FolderError> {
        let folder = opened(dir)?;
        patiently(|| got(dir, folder.try_lock_shared())).map(|()| Self(vec![folder]))
    }

    /// To look at the folder as it stands, beside others that look: no run and no writing station changes its files
    /// meanwhile. Waits a while for them to end.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where a run has it, or a station is writing.
    pub fn to_look(dir: &Path) -> Result<Self, FolderError> {
        let mut held = vec![opened(dir)?];
        // A folder that lost its pictures is still looked at.
        held.extend(File::open(dir.join("crops")));
        held.iter().try_for_each(|folder| patiently(|| got(dir, folder.try_lock_shared())))?;
        Ok(Self(held))
    }

    /// To take part and write files that follow from the ledger: only one does at a time, and nobody looks meanwhile.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where a run has it, or another station is writing.
    pub fn to_write_beside(dir: &Path) -> Result<Self, FolderError> {
        let (folder, crops) = (opened(dir)?, opened(&dir.join("crops"))?);
        patiently(|| got(dir, folder.try_lock_shared()))?;
        patiently(|| got(dir, crops.try_lock()))?;
        Ok(Self(vec![folder, crops]))
    }
}

fn opened(dir: &Path) -> Result<File, FolderError> {
    File::open(dir).map_err(|source| OutputError { path: dir.to_owned(), source }.into())
}

fn got(dir: &Path, tried: Result<(), TryLockError>) -> Result<(), FolderError> {
    match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OutputError { path: dir.to_owned(), source }.into()),
    }
}

fn patiently(mut attempt: impl FnMut() -> Result<(), FolderError>) -> Result<(), FolderError> {
    let (times, pause) = PATIENCE;
    for _ in 1..times {
        match attempt() {
            Err(FolderError::Busy { .. }) => std::thread::sleep(pause),
            other => return other,
        }
    }
    attempt()
}

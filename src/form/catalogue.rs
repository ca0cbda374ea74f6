//! All forms of a run: those built into the program and those of a folder the user names.
//! A new form is a new folder with a `form.toml`, and no code.

use super::file::{FormError, Mistake, parse};
use super::{Form, FormId};
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::path::Path;

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/forms");

/// Forms in the order of id, then edition.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    forms: Vec<Form>,
}

impl Catalogue {
    /// The forms that travel inside the program.
    ///
    /// # Errors
    /// Every mistake of every built-in form; a test holds that there is none.
    pub fn built_in() -> Result<Self, Vec<FormError>> {
        let folders = BUILT_IN.dirs().filter(|d| d.get_file(d.path().join("form.toml")).is_some()).map(|dir| {
            let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let files = dir.files().map(|f| (name(f.path()), f.contents().to_vec())).collect();
            (format!("forms/{}", dir.path().display()), files)
        });
        Self::default().with_folders(folders)
    }

    /// These forms and those of every folder in `dir` that holds a `form.toml` (or of `dir` itself, if it does).
    /// A form of the same id and edition takes the place of the built-in one.
    ///
    /// # Errors
    /// Every mistake of every form file, or the folder that could not be read.
    pub fn with_dir(self, dir: &Path) -> Result<Self, Vec<FormError>> {
        let mut folders = Vec::new();
        let unreadable = |e: std::io::Error| {
            let message = format!("the folder cannot be read: {e}; name a folder that holds form folders");
            vec![FormError { file: dir.display().to_string(), mistakes: vec![Mistake { line: None, message }] }]
        };
        let mut dirs = vec![dir.to_path_buf()];
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                dirs.push(path);
            }
        }
        dirs.sort();
        for dir in dirs.into_iter().filter(|d| d.join("form.toml").is_file()) {
            folders.push((dir.display().to_string(), read_files(&dir).map_err(unreadable)?));
        }
        if folders.is_empty() {
            return Err(unreadable(std::io::Error::other("no form.toml in it")));
        }
        self.with_folders(folders.into_iter())
    }

    fn with_folders(self, folders: impl Iterator<Item = (String, BTreeMap<String, Vec<u8>>)>) -> Result<Self, Vec<FormError>> {
        let mut by_name: BTreeMap<(FormId, String), Form> =
            self.forms.into_iter().map(|f| ((f.id.clone(), f.edition.clone()), f)).collect();
        let mut errors = Vec::new();
        for (folder, mut files) in folders {
            let text = files.remove("form.toml").unwrap_or_default();
            match parse(&format!("{folder}/form.toml"), &String::from_utf8_lossy(&text), &files) {
                Ok(form) => drop(by_name.insert((form.id.clone(), form.edition.clone()), form)),
                Err(e) => errors.push(e),
            }
        }
        if errors.is_empty() { Ok(Self { forms: by_name.into_values().collect() }) } else { Err(errors) }
    }

    /// All forms, superseded editions included.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// The form of that name: `id@edition`, or `id` for the edition in use.
    pub fn named(&self, name: &str) -> Option<&Form> {
        match name.split_once('@') {
            Some((id, edition)) => self.forms.iter().find(|f| f.id.0 == id && f.edition == edition),
            None => self.current(name),
        }
    }

    /// The edition of a form that is in use: the one not superseded, the newest where several are.
    pub fn current(&self, id: &str) -> Option<&Form> {
        self.forms.iter().filter(|f| f.id.0 == id).max_by_key(|f| (f.superseded_by.is_none(), f.edition.clone()))
    }
}

fn read_files(dir: &Path) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_file() {
            files.insert(path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(), std::fs::read(&path)?);
        }
    }
    Ok(files)
}

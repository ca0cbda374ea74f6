//! Pages of many small PDFs as one PDF. Does not know what is on them.

use lopdf::{Dictionary, Document, Object, ObjectId, Result};
use std::collections::BTreeMap;

/// The typefaces of all pages, and the list of all pages: numbered before anything is there, since every page names them.
const TYPEFACES: ObjectId = (1, 0);
const PAGES: ObjectId = (2, 0);

/// Pages so far, packed.
pub(super) struct Parts {
    objects: BTreeMap<ObjectId, Object>,
    pages: Vec<ObjectId>,
    next: u32,
}

impl Parts {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { objects: BTreeMap::new(), pages: Vec::new(), next: PAGES.0 + 1 }
    }

    /// How many pages.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Takes the pages of a part, in front of page `at`, and what they show but for its typefaces, which are those of the
    /// whole.
    pub(super) fn insert(&mut self, at: usize, mut part: Document) -> Result<()> {
        part.renumber_objects_with(self.next);
        let pages: Vec<ObjectId> = part.page_iter().collect();
        // All pages of a part have the same.
        let mut shared = None;
        for page in &pages {
            let page = part.get_dictionary_mut(*page)?;
            let own = page.get(b"Resources")?.as_reference()?;
            let resources = *shared.get_or_insert(own);
            page.set("Resources", resources);
            page.set("Parent", PAGES);
            part.get_dictionary_mut(resources)?.set("Font", TYPEFACES);
        }
        part.trailer = Dictionary::from_iter([("Kids", references(&pages))]);
        part.prune_objects();
        part.renumber_objects_with(self.next);
        part.compress();
        self.next = part.max_id + 1;
        self.objects.append(&mut part.objects);
        let pages = part.trailer.get(b"Kids")?.as_array()?.iter().map(Object::as_reference).collect::<Result<Vec<_>>>()?;
        self.pages.splice(at..at, pages);
        Ok(())
    }

    /// Puts all pages in place of the only one of `frame`, which shows every character of every typeface, and keeps its
    /// typefaces and properties.
    pub(super) fn into_pages_of(self, mut frame: Document) -> Result<Document> {
        let only = frame.page_iter().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
        let resources = frame.get_dictionary(only)?.get(b"Resources")?.as_reference()?;
        let typefaces = frame.get_dictionary(resources)?.get(b"Font")?.as_reference()?;
        // Of its page nothing else stays.
        frame.catalog_mut()?.set("Pages", typefaces);
        frame.prune_objects();
        frame.renumber_objects_with(self.next);
        frame.compress();
        let typefaces = frame.catalog()?.get(b"Pages")?.as_reference()?;
        let typefaces = frame.objects.remove(&typefaces).ok_or(lopdf::Error::ObjectNotFound(typefaces))?;
        frame.catalog_mut()?.set("Pages", PAGES);
        let pages = [("Type", "Pages".into()), ("Count", (self.pages.len() as i64).into()), ("Kids", references(&self.pages))];
        frame.objects.extend(self.objects);
        frame.objects.extend([(TYPEFACES, typefaces), (PAGES, Dictionary::from_iter(pages).into())]);
        Ok(frame)
    }
}

fn references(to: &[ObjectId]) -> Object {
    Object::Array(to.iter().copied().map(Object::Reference).collect())
}

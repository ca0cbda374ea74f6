//! A minimal PDF 1.4 writer for scans: one picture per page, JPEG for grey and colour, Group 4 for one-bit pages.
//! No clock, no identifiers: the same pages give the same bytes.

use super::file::{Picture, group4, jpeg};
use image::ImageError;

/// One page ready to be written.
pub(crate) struct PdfPage {
    size: (u32, u32),
    points: (f64, f64),
    filter: String,
    code: Vec<u8>,
}

/// Compresses a page.
pub(crate) fn page(picture: &Picture) -> Result<PdfPage, ImageError> {
    let (w, h) = picture.size();
    let points = (f64::from(w) * 72.0 / picture.dpi.x, f64::from(h) * 72.0 / picture.dpi.y);
    let (filter, code) = if picture.bilevel {
        let parms = format!("<< /K -1 /Columns {w} /Rows {h} >>");
        let filter = format!("/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms {parms}");
        (filter, group4(picture))
    } else {
        let space = if picture.planes.len() == 3 { "/DeviceRGB" } else { "/DeviceGray" };
        (format!("/ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"), jpeg(picture)?)
    };
    Ok(PdfPage { size: (w, h), points, filter, code })
}

/// The file: catalogue, page tree, then page, contents and picture for each.
pub(crate) fn write(pages: &[PdfPage]) -> Vec<u8> {
    let mut file = Objects { bytes: b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec(), places: Vec::new() };
    file.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 3 + 3 * i)).collect();
    file.object(&format!("<< /Type /Pages /Count {} /Kids [{}] >>", pages.len(), kids.join(" ")), None);
    for (i, page) in pages.iter().enumerate() {
        let (contents, picture) = (4 + 3 * i, 5 + 3 * i);
        let (w, h) = page.points;
        file.object(
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {w:.2} {h:.2}] /Contents {contents} 0 R \
                 /Resources << /XObject << /Scan {picture} 0 R >> >> >>"
            ),
            None,
        );
        let drawing = format!("q {w:.2} 0 0 {h:.2} 0 0 cm /Scan Do Q");
        file.object(&format!("<< /Length {} >>", drawing.len()), Some(drawing.as_bytes()));
        let (pw, ph) = page.size;
        let header =
            format!("<< /Type /XObject /Subtype /Image /Width {pw} /Height {ph} {} /Length {} >>", page.filter, page.code.len());
        file.object(&header, Some(&page.code));
    }
    file.finish()
}

struct Objects {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Objects {
    fn object(&mut self, dictionary: &str, stream: Option<&[u8]>) {
        self.places.push(self.bytes.len());
        self.bytes.extend(format!("{} 0 obj\n{dictionary}\n", self.places.len()).bytes());
        if let Some(stream) = stream {
            self.bytes.extend(b"stream\n");
            self.bytes.extend(stream);
            self.bytes.extend(b"\nendstream\n");
        }
        self.bytes.extend(b"endobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let count = self.places.len() + 1;
        self.bytes.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
        for place in &self.places {
            self.bytes.extend(format!("{place:010} 00000 n \n").bytes());
        }
        self.bytes.extend(format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
        self.bytes
    }
}

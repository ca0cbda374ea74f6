//! A form to write on, the glass it is scanned on, and the desk that reads it.

use super::draw::{Chance, PX, Sheet};
use image::{GrayImage, RgbImage};
use std::fmt::Write;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{Field, FieldKind, Form, draw};
use uketsuke::geometry::{Dpi, PointMm, RectMm, Rotation};
use uketsuke::image::Raster;
use uketsuke::read::typed::TypedText;
use uketsuke::read::{Blanks, Evidence, Reader};
use uketsuke::recognize::Pair;
use uketsuke::record::decide::decide;
use uketsuke::record::{FieldRecord, State, Value};
use uketsuke::register::{PageMap, Registered};
use uketsuke::scan::Page;
use uketsuke::score::Score;
use uketsuke::sheet::raster;

/// How a form looks: every length in mm, type in points.
#[derive(Clone, Debug)]
pub struct Style {
    pub side: f64,
    /// The box is a frame of the field (0), a printed rectangle of that line (1) or the character □ (2).
    pub printed: usize,
    pub line: f64,
    pub gothic: bool,
    pub column_step: f64,
    pub row_step: f64,
    pub type_pt: f64,
    pub ring_step: f64,
    pub ring_row_step: f64,
    pub figures: [&'static str; 6],
    /// A letter stands in each box, as in bubbles.
    pub lettered: bool,
}

/// A field's name, middle of its first option, way to the next, how many there are, whether they are numbers to ring.
type Row = (&'static str, (f64, f64), (f64, f64), usize, bool);

const WIDE: [&str; 6] = ["１", "２", "３", "４", "５", "６"];

impl Style {
    pub const PLAIN: Self = Self {
        side: 4.0,
        printed: 0,
        line: 0.18,
        gothic: false,
        column_step: 8.0,
        row_step: 34.0,
        type_pt: 10.5,
        ring_step: 9.5,
        ring_row_step: 22.0,
        figures: WIDE,
        lettered: false,
    };

    /// Any style an office might print.
    pub fn any(c: &mut Chance) -> Self {
        let side = c.within(3.0, 5.5);
        let type_pt = c.within(9.0, 13.0);
        Self {
            side,
            printed: c.below(3),
            line: c.within(0.12, 0.45),
            gothic: c.yes(0.5),
            column_step: side + c.within(2.5, 5.0),
            row_step: c.within(22.0, 38.0),
            type_pt,
            ring_step: c.within(7.5, 10.5),
            ring_row_step: c.within(12.0, 26.0),
            figures: c.pick(&[WIDE, ["1", "2", "3", "4", "5", "6"], ["ア", "イ", "ウ", "エ", "オ", "カ"]]),
            lettered: false,
        }
    }

    /// The whole `form.toml`.
    fn toml(&self, id: &str) -> String {
        let font = if self.gothic { "gothic" } else { "mincho" };
        let (mut print, mut fields) = (String::new(), String::new());
        let text = |print: &mut String, text: &str, x: f64, y: f64, size: f64, align: &str| {
            let _ = writeln!(
                print,
                "{{ text = \"{text}\", at = [{x:.3}, {y:.3}], size = {size:.2}, font = \"{font}\", align = \"{align}\" }},"
            );
        };
        // Baseline of type whose middle is at y: an em is 0.353 mm per point.
        let base = |y: f64, pt: f64| y + 0.38 * 0.3528 * pt;
        for (name, at, step, count, ringed) in self.fields() {
            let mut options = String::new();
            for i in 0..count {
                let (x, y) = (at.0 + step.0 * i as f64, at.1 + step.1 * i as f64);
                let side = if ringed { 4.5 } else { self.side };
                let area = [x - side / 2.0, y - side / 2.0, side, side];
                let _ = writeln!(options, "{{ value = \"{}\", label = \"選択{}\", box = {area:.3?} }},", i + 1, i + 1);
                if ringed {
                    text(&mut print, self.figures[i], x, base(y, self.type_pt), self.type_pt, "centre");
                } else if self.printed == 1 {
                    let _ = writeln!(print, "{{ rect = {area:.3?}, width = {:.3} }},", self.line);
                } else if self.printed == 2 {
                    // The character's frame is about 0.87 em wide.
                    let pt = self.side / 0.87 / 0.3528;
                    text(&mut print, "□", x, base(y, pt), pt, "centre");
                }
                if self.lettered && !ringed {
                    text(&mut print, ["A", "B", "C", "D"][i], x, base(y, 7.0), 7.0, "centre");
                }
                // As much of the label as fits before the next option.
                let room = if step.0 > 0.0 { step.0 - side / 2.0 - 7.0 } else { 20.0 };
                let label: String = "導入予定".chars().take((room / 3.2).max(0.0) as usize).collect();
                if !label.is_empty() {
                    text(&mut print, &label, x + side / 2.0 + 2.2, base(y, 9.0), 9.0, "left");
                }
            }
            let mark = if ringed { "circle" } else { "box" };
            let frame = if ringed || self.printed > 0 { "none" } else { "boxes" };
            let select = if name.ends_with('m') { "many" } else { "one" };
            let _ = writeln!(
                fields,
                "[[field]]\nid = \"{name}\"\nlabel = \"{name}\"\nkind = \"choice\"\nmark = \"{mark}\"\nframe = \"{frame}\"\n\
                 select = \"{select}\"\noptions = [\n{options}]\n"
            );
        }
        for x in [10.0, 160.0] {
            let _ = writeln!(print, "{{ line = [{x}, 99.0, {x}, 126.0], width = {:.3} }},", self.line);
        }
        for y in [99.0, 112.5, 126.0] {
            let _ = writeln!(print, "{{ line = [10.0, {y}, 160.0, {y}], width = {:.3} }},", self.line);
        }
        format!(
            "id = \"{id}\"\nedition = \"1\"\ntitle = \"試験用紙\"\nletter = \"T\"\n[[page]]\nsize = [170, 130]\nprint = [\n{print}]\n\
             {fields}[[field]]\nid = \"digits\"\nlabel = \"番号\"\nkind = \"digits\"\nmin = 1\n\
             cells = {{ at = [125, 66], size = [7, 8], count = 4 }}\n"
        )
    }

    fn fields(&self) -> [Row; 6] {
        [
            ("box_column", (16.0, 12.0), (0.0, self.column_step), 4, false),
            ("ring_column_m", (98.0, 12.0), (0.0, self.ring_step), 5, true),
            ("box_row", (16.0, 70.0), (self.row_step, 0.0), 3, false),
            ("ring_row", (18.0, 86.0), (self.ring_row_step, 0.0), 4, true),
            ("box_table_m", (18.0, 105.7), (self.row_step, 0.0), 4, false),
            ("ring_table", (18.0, 119.3), (self.ring_row_step * 1.3, 0.0), 4, true),
        ]
    }
}

struct NoText;
impl TypedText for NoText {
    fn read_line(&self, _: &GrayImage, _: u32) -> Option<(String, Score)> {
        None
    }
}

/// Some forms and what is needed to read them.
pub struct Desk {
    catalogue: Catalogue,
    blanks: Blanks,
    prints: Vec<GrayImage>,
}

impl Desk {
    pub fn new(styles: &[Style]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (i, style) in styles.iter().enumerate() {
            let at = folder.path().join(format!("form-{i:03}"));
            std::fs::create_dir(&at).expect("a folder");
            std::fs::write(at.join("form.toml"), style.toml(&format!("form-{i:03}"))).expect("written");
        }
        let catalogue = Catalogue::default().with_dir(folder.path());
        let catalogue = catalogue.unwrap_or_else(|e| panic!("{}", e.iter().map(ToString::to_string).collect::<String>()));
        let prints = catalogue.forms().iter().map(|f| raster::draw(&draw::blank(f, 1), Dpi::square(300.0))).collect();
        Self { blanks: Blanks::new(&catalogue), catalogue, prints }
    }

    pub fn form(&self, index: usize) -> &Form {
        &self.catalogue.forms()[index]
    }

    pub fn field(&self, form: usize, name: &str) -> &Field {
        self.form(form).fields.iter().find(|f| f.id.0 == name).expect("a field of that name")
    }

    /// The boxes of a field.
    pub fn boxes(&self, form: usize, name: &str) -> Vec<RectMm> {
        self.field(form, name).boxes()
    }

    pub fn sheet(&self, form: usize, colour: bool) -> Sheet {
        Sheet::printed(&self.prints[form], colour)
    }

    /// A sheet of a form printed in an ink that reflects so much of each colour.
    pub fn sheet_in(&self, form: usize, ink: &[f32]) -> Sheet {
        Sheet::printed_in(&self.prints[form], ink)
    }

    /// Every field of a scan as it is decided, with what was seen.
    pub fn read(&self, form: usize, scan: &Scan) -> Vec<(String, FieldRecord, Evidence)> {
        let reader = Reader { catalogue: &self.catalogue, blanks: &self.blanks, digits: Pair::built_in(), typed: &NoText };
        let page = Page { number: 1, raster: scan.raster.clone(), pixels_sha256: String::new(), text_layer: Vec::new() };
        let registered = Registered {
            form,
            page: 1,
            map: scan.map,
            rotation: Rotation::R0,
            skew_deg: 0.0,
            residual_mm: 0.0,
            field_residual_mm: Vec::new(),
            reworded: false,
        };
        let form = self.form(form);
        let readings = reader.read(&page, &registered);
        let decided = |(field, reading): (&Field, uketsuke::read::Reading)| {
            (field.id.0.clone(), decide(field, &reading, &form.policy), reading.evidence)
        };
        form.fields_on(1).zip(readings).map(decided).collect()
    }
}

/// Whether a field's option boxes are rings round printed numbers.
pub fn is_ringed(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Choice { mark: uketsuke::form::Mark::Circle, .. })
}

/// What a decision says: the values, none where a person is asked.
pub fn said(record: &FieldRecord) -> Option<Vec<String>> {
    match (&record.state, &record.value) {
        (State::Blank, _) => Some(Vec::new()),
        (State::Read, Some(Value::One(v))) => Some(vec![v.clone()]),
        (State::Read, Some(Value::Many(v))) => Some(v.clone()),
        _ => None,
    }
}

/// How the sheet is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Glass {
    /// Darkness of print, 0 to 1.
    pub contrast: f64,
    /// Deviation of the noise, grey levels.
    pub noise: f64,
    /// Grey level of paper.
    pub paper: f64,
    pub skew_deg: f64,
    pub shift_mm: (f64, f64),
    /// How far the map given to the reader is off, mm.
    pub error_mm: (f64, f64),
    /// Share of a pixel's light that its neighbours get.
    pub blur: f64,
    /// Quality of a JPEG in between.
    pub jpeg: Option<u8>,
    /// Grey level from which a scan without grey is white.
    pub white_from: Option<u8>,
    pub seed: u64,
}

impl Glass {
    pub const CLEAN: Self = Self {
        contrast: 1.0,
        noise: 1.5,
        paper: 245.0,
        skew_deg: 0.3,
        shift_mm: (0.4, -0.3),
        error_mm: (0.1, -0.1),
        blur: 0.1,
        jpeg: None,
        white_from: None,
        seed: 1,
    };

    /// An office scanner on any day, 300 dpi.
    pub fn any(c: &mut Chance) -> Self {
        Self {
            contrast: c.within(0.85, 1.0),
            noise: c.within(0.5, 3.0),
            paper: c.within(230.0, 254.0),
            skew_deg: c.normal(0.5),
            shift_mm: (c.normal(1.0), c.normal(1.0)),
            error_mm: (c.normal(0.12), c.normal(0.12)),
            blur: c.within(0.0, 0.2),
            jpeg: c.yes(0.5).then(|| 75 + c.below(20) as u8),
            white_from: None,
            seed: u64::from(c.bits()),
        }
    }

    pub fn scan(&self, sheet: &Sheet) -> Scan {
        let (sin, cos) = self.skew_deg.to_radians().sin_cos();
        let middle = (sheet.width as f64 / 2.0, sheet.height as f64 / 2.0);
        let shift = (self.shift_mm.0 * PX, self.shift_mm.1 * PX);
        // From sheet px to scan px: x' = R (x - m) + m + shift.
        let origin = (middle.0 + shift.0 - cos * middle.0 + sin * middle.1, middle.1 + shift.1 - sin * middle.0 - cos * middle.1);
        let mut chance = Chance::new(self.seed);
        let mut state = self.seed | 1;
        let noise: Vec<f32> = (0..4096).map(|_| chance.normal(self.noise) as f32).collect();
        let mut planes: Vec<Vec<u8>> = Vec::new();
        for plane in &sheet.planes {
            let blurred = blurred(plane, sheet.width, self.blur as f32);
            let mut pixels = Vec::with_capacity(plane.len());
            for y in 0..sheet.height {
                for x in 0..sheet.width {
                    let (u, v) = (x as f64 + 0.5 - middle.0 - shift.0, y as f64 + 0.5 - middle.1 - shift.1);
                    let light =
                        bilinear(&blurred, sheet.width, cos * u + sin * v + middle.0 - 0.5, cos * v - sin * u + middle.1 - 0.5);
                    let grey = self.paper * (1.0 - (1.0 - light) * self.contrast);
                    // Marsaglia's xorshift: noise of a whole page is no place for a cipher.
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    pixels.push((grey as f32 + noise[(state >> 20) as usize & 4095]).round().clamp(0.0, 255.0) as u8);
                }
            }
            planes.push(pixels);
        }
        let map = PageMap::new([
            cos * PX,
            -sin * PX,
            origin.0 + self.error_mm.0 * PX,
            sin * PX,
            cos * PX,
            origin.1 + self.error_mm.1 * PX,
            0.0,
            0.0,
            1.0,
        ]);
        Scan { raster: self.raster(&planes, sheet.width as u32, sheet.height as u32), map }
    }

    fn raster(&self, planes: &[Vec<u8>], w: u32, h: u32) -> Raster {
        let dpi = Dpi::square(300.0);
        if let [r, g, b] = planes {
            let bytes = (0..r.len()).flat_map(|i| [r[i], g[i], b[i]]).collect();
            return Raster::colour(&RgbImage::from_raw(w, h, bytes).expect("three bytes per pixel"), dpi);
        }
        let mut grey = GrayImage::from_raw(w, h, planes[0].clone()).expect("a byte per pixel");
        if let Some(white) = self.white_from {
            grey.iter_mut().for_each(|v| *v = if *v >= white { 255 } else { 0 });
        }
        let Some(quality) = self.jpeg else { return Raster::grey(grey, dpi) };
        let mut file = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
        encoder.encode_image(&grey).expect("encodes");
        Raster::grey(image::load_from_memory(&file).expect("decodes").into_luma8(), dpi)
    }
}

fn blurred(plane: &[f32], width: usize, k: f32) -> Vec<f32> {
    if k <= 0.0 {
        return plane.to_vec();
    }
    let along = |from: &[f32], step: usize| -> Vec<f32> {
        let last = from.len() - 1;
        let at = |i: usize| from[i.saturating_sub(step)] * k + from[i] * (1.0 - 2.0 * k) + from[(i + step).min(last)] * k;
        (0..from.len()).map(at).collect()
    };
    along(&along(plane, 1), width)
}

fn bilinear(plane: &[f32], width: usize, x: f64, y: f64) -> f64 {
    let height = plane.len() / width;
    let (x0, y0) = (x.floor(), y.floor());
    if x0 < 0.0 || y0 < 0.0 || x0 as usize + 1 >= width || y0 as usize + 1 >= height {
        return 1.0;
    }
    let (ax, ay, i) = ((x - x0) as f32, (y - y0) as f32, y0 as usize * width + x0 as usize);
    let top = plane[i] + (plane[i + 1] - plane[i]) * ax;
    let bottom = plane[i + width] + (plane[i + width + 1] - plane[i + width]) * ax;
    f64::from(top + (bottom - top) * ay)
}

/// A scanned page and where the reader is told that the form lies on it.
pub struct Scan {
    pub raster: Raster,
    pub map: PageMap,
}

impl Scan {
    /// The part of the scan around an area of the form, for a person to look at.
    pub fn cutting(&self, area: &RectMm) -> GrayImage {
        let (a, b) = (PointMm { x: area.x, y: area.y }, PointMm { x: area.right(), y: area.bottom() });
        let (a, b) = (self.map.to_px(a), self.map.to_px(b));
        let luma = self.raster.luma();
        let (x, y) = (a.x.max(0.0) as u32, a.y.max(0.0) as u32);
        let (w, h) = ((b.x - a.x) as u32, (b.y - a.y) as u32);
        image::imageops::crop_imm(luma, x, y, w.min(luma.width() - x), h.min(luma.height() - y)).to_image()
    }
}

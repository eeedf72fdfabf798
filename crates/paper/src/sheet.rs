//! Sheets of A4 that are written from the top to the bottom, with what each text is.

use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, TagTree},
};

use crate::{
    Error,
    face::{Face, Run},
};

pub const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// A4, in points of 1/72 inch.
const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
/// What is left free on each side.
pub const MARGIN: f32 = 56.0;
/// Where text begins and ends.
pub const LEFT: f32 = MARGIN;
pub const RIGHT: f32 = WIDTH - MARGIN;

/// Red, green and blue.
const INK: [u8; 3] = [0x1d, 0x24, 0x2c];
const RULE: [u8; 3] = [0xc3, 0xc9, 0xd1];

pub struct Faces {
    pub regular: Face,
    pub bold: Face,
}

impl Faces {
    pub fn load() -> Result<Self, Error> {
        Ok(Self { regular: Face::new(REGULAR)?, bold: Face::new(BOLD)? })
    }
}

/// Which end of a text stands at a place.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Right,
}

/// A sheet that is being written.
pub struct Sheet<'a> {
    surface: Surface<'a>,
}

impl Sheet<'_> {
    /// Writes a line whose foot is at `y`, and gives what stands for it among the document's parts.
    pub fn text(&mut self, face: &Face, size: f32, at: (f32, Align), y: f32, text: &str) -> Identifier {
        let id = self.surface.start_tagged(ContentTag::Other);
        self.draw(face, size, at, y, text);
        self.surface.end_tagged();
        id
    }

    /// Writes a line that is read nowhere: a page's number, a heading that is repeated.
    pub fn aside(&mut self, kind: ArtifactType, face: &Face, size: f32, at: (f32, Align), y: f32, text: &str) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        self.draw(face, size, at, y, text);
        self.surface.end_tagged();
    }

    fn draw(&mut self, face: &Face, size: f32, (x, align): (f32, Align), y: f32, text: &str) {
        let Run { text, glyphs, width } = face.run(text);
        let x = match align {
            Align::Left => x,
            Align::Right => x - width * size,
        };
        self.surface.set_fill(Some(solid(INK)));
        self.surface.draw_glyphs(Point::from_xy(x, y), &glyphs, face.font.clone(), &text, size, false);
    }

    /// Draws a thin line across.
    pub fn rule(&mut self, y: f32) {
        let Some(rect) = Rect::from_ltrb(LEFT, y, RIGHT, y + 0.75) else { return };
        let mut path = PathBuilder::new();
        path.push_rect(rect);
        let Some(path) = path.finish() else { return };
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        self.surface.set_fill(Some(solid(RULE)));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }
}

fn solid([red, green, blue]: [u8; 3]) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

/// A document that is being written.
pub struct Book(Document);

impl Book {
    /// An empty document with its title and its language (BCP 47).
    pub fn new(title: &str, language: &str) -> Result<Self, Error> {
        let configuration = ConfigurationBuilder::new()
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|error| Error(format!("{error:?}")))?;
        let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
        let mut document = Document::new_with(settings);
        let about = Metadata::new().title(title.to_owned()).language(language.to_owned());
        document.set_metadata(about.creator("Portico".to_owned()));
        let mut outline = Outline::new();
        outline.push_child(OutlineNode::new(title.to_owned(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
        document.set_outline(outline);
        Ok(Self(document))
    }

    /// One more sheet, written by `write`.
    pub fn sheet(&mut self, write: impl FnOnce(&mut Sheet<'_>)) -> Result<(), Error> {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error("a sheet has no size".to_owned()))?;
        // A page is closed when it is dropped, after its surface.
        let mut page = self.0.start_page_with(size);
        write(&mut Sheet { surface: page.surface() });
        Ok(())
    }

    /// The PDF, with what its parts are.
    pub fn finish(mut self, parts: TagTree) -> Result<Vec<u8>, Error> {
        self.0.set_tag_tree(parts);
        self.0.finish().map_err(|error| Error(format!("{error:?}")))
    }
}

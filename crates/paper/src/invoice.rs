//! An invoice: from whom, to whom, facts, a table of what is charged, and the sum.

use std::{num::NonZeroU16, ops::Range};

use krilla::tagging::{ArtifactType, Node, TableHeaderScope, Tag, TagGroup, TagTree};

use crate::{
    Error,
    face::Face,
    sheet::{Align, Book, Faces, HEIGHT, LEFT, MARGIN, RIGHT, Sheet},
};

/// The texts of an invoice, as its reader shall see them.
#[derive(Clone, Debug, Default)]
pub struct Invoice {
    /// The language of the texts (BCP 47).
    pub language: String,
    /// What it is, with its number.
    pub title: String,
    /// Who sends it: the name, then the address, line by line.
    pub from: Vec<String>,
    /// Who gets it: the name, then where they live, line by line.
    pub to: Vec<String>,
    /// Names and values: dates, references.
    pub facts: Vec<(String, String)>,
    /// The columns' names: what, quantity, tax, sum.
    pub head: [String; 4],
    /// What is charged, in the order of the columns.
    pub rows: Vec<[String; 4]>,
    /// The name of the total, and the total.
    pub total: (String, String),
}

const TITLE: f32 = 20.0;
const TEXT: f32 = 10.0;
const SMALL: f32 = 8.5;
/// From the foot of a line to the foot of the next one.
const LINE: f32 = 14.0;
/// Above and below the text of a row.
const PAD: f32 = 6.0;
/// Where the values of facts begin, and where columns of figures end.
const VALUES: f32 = LEFT + 120.0;
const COLUMNS: [(f32, Align); 4] =
    [(LEFT, Align::Left), (RIGHT - 170.0, Align::Right), (RIGHT - 90.0, Align::Right), (RIGHT, Align::Right)];
/// How wide the first column is.
const WHAT: f32 = RIGHT - 230.0 - LEFT;
const BOTTOM: f32 = HEIGHT - MARGIN - LINE;

/// The invoice as PDF/UA-1, on as many sheets of A4 as it needs.
///
/// # Errors
/// When the PDF cannot be written, which no text is a reason for.
pub fn invoice(invoice: &Invoice) -> Result<Vec<u8>, Error> {
    let faces = Faces::load()?;
    let fit = |texts: &[String]| texts.iter().flat_map(|t| faces.bold.lines(t, (RIGHT - LEFT) / TEXT)).collect();
    let invoice = &Invoice { from: fit(&invoice.from), to: fit(&invoice.to), ..invoice.clone() };
    let rows: Vec<Row<'_>> = invoice.rows.iter().map(|cells| Row::new(&faces.regular, cells)).collect();
    let sheets = split(&rows, head_height(invoice));
    let mut book = Book::new(&invoice.title, &invoice.language)?;
    let mut parts = TagTree::new().with_lang(Some(invoice.language.clone()));
    let mut table = TagGroup::new(Tag::Table);
    for (nth, range) in sheets.iter().enumerate() {
        book.sheet(|sheet| {
            let mut y = MARGIN + TITLE;
            if nth == 0 {
                y = head(sheet, &faces, invoice, y, &mut parts);
            }
            y = columns(sheet, &faces.bold, &invoice.head, y, (nth == 0).then_some(&mut table));
            for row in rows.get(range.clone()).unwrap_or_default() {
                y = row.write(sheet, &faces.regular, y, &mut table);
            }
            if nth + 1 == sheets.len() {
                total(sheet, &faces.bold, &invoice.total, y, &mut table);
            }
            let number = format!("{} / {}", nth + 1, sheets.len());
            let foot = (RIGHT, Align::Right);
            sheet.aside(ArtifactType::PageNumber, &faces.regular, SMALL, foot, HEIGHT - MARGIN, &number);
        })?;
    }
    parts.push(table);
    book.finish(parts)
}

/// A row of the table, with its text in lines.
struct Row<'a> {
    what: Vec<String>,
    cells: &'a [String; 4],
}

impl<'a> Row<'a> {
    fn new(face: &Face, cells: &'a [String; 4]) -> Self {
        Self { what: face.lines(&cells[0], WHAT / TEXT), cells }
    }

    fn height(&self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "a few lines")]
        let lines = self.what.len() as f32;
        LINE.mul_add(lines, PAD)
    }

    fn write(&self, sheet: &mut Sheet<'_>, face: &Face, y: f32, table: &mut TagGroup) -> f32 {
        let mut first = TagGroup::new(Tag::TD);
        let mut foot = y;
        for line in &self.what {
            foot += LINE;
            first.push(sheet.text(face, TEXT, COLUMNS[0], foot, line));
        }
        let mut row = TagGroup::with_children(Tag::TR, vec![Node::Group(first)]);
        for (cell, at) in self.cells.iter().zip(COLUMNS).skip(1) {
            let id = sheet.text(face, TEXT, at, y + LINE, cell);
            row.push(TagGroup::with_children(Tag::TD, vec![id.into()]));
        }
        table.push(row);
        sheet.rule(foot + PAD);
        foot + PAD
    }
}

/// Which rows stand on which sheet: at least one sheet, and on every sheet at least one row if there are any. The last
/// sheet has room for the total.
fn split(rows: &[Row<'_>], head: f32) -> Vec<Range<usize>> {
    let top = MARGIN + TITLE + LINE + PAD;
    let mut sheets = Vec::new();
    let (mut begin, mut y) = (0, top + head);
    for (nth, row) in rows.iter().enumerate() {
        let last = if nth + 1 == rows.len() { LINE + 2.0 * PAD } else { 0.0 };
        if y + row.height() + last > BOTTOM && nth > begin {
            sheets.push(begin..nth);
            (begin, y) = (nth, top);
        }
        y += row.height();
    }
    sheets.push(begin..rows.len());
    sheets
}

fn head_height(invoice: &Invoice) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a few lines")]
    let lines = (invoice.from.len() + invoice.to.len() + invoice.facts.len()) as f32;
    LINE.mul_add(lines + 5.0, TITLE)
}

/// From whom, what, to whom, and the facts. Gives where it ends.
fn head(sheet: &mut Sheet<'_>, faces: &Faces, invoice: &Invoice, top: f32, parts: &mut TagTree) -> f32 {
    let mut y = top;
    y = block(sheet, faces, &invoice.from, y, parts) + LINE + TITLE;
    let level = Tag::Hn(NonZeroU16::MIN, Some(invoice.title.clone()));
    let title = sheet.text(&faces.bold, TITLE, COLUMNS[0], y, &invoice.title);
    parts.push(TagGroup::with_children(level, vec![title.into()]));
    y = block(sheet, faces, &invoice.to, y + 2.0 * LINE, parts) + LINE;
    for (name, value) in &invoice.facts {
        let name = sheet.text(&faces.regular, TEXT, COLUMNS[0], y, name);
        let value = sheet.text(&faces.bold, TEXT, (VALUES, Align::Left), y, value);
        parts.push(TagGroup::with_children(Tag::P, vec![name.into(), value.into()]));
        y += LINE;
    }
    y + LINE
}

/// A name and what follows it, line by line. Gives where the next line would stand.
fn block(sheet: &mut Sheet<'_>, faces: &Faces, lines: &[String], mut y: f32, parts: &mut TagTree) -> f32 {
    let mut block = TagGroup::new(Tag::P);
    for (nth, line) in lines.iter().enumerate() {
        let face = if nth == 0 { &faces.bold } else { &faces.regular };
        block.push(sheet.text(face, TEXT, COLUMNS[0], y, line));
        y += LINE;
    }
    parts.push(block);
    y
}

/// The names of the columns, which are read once.
fn columns(sheet: &mut Sheet<'_>, face: &Face, head: &[String; 4], y: f32, table: Option<&mut TagGroup>) -> f32 {
    let foot = y + LINE;
    match table {
        Some(table) => {
            let mut row = TagGroup::new(Tag::TR);
            for (name, at) in head.iter().zip(COLUMNS) {
                let id = sheet.text(face, SMALL, at, foot, name);
                row.push(TagGroup::with_children(Tag::TH(TableHeaderScope::Column), vec![id.into()]));
            }
            table.push(row);
        }
        None => {
            for (name, at) in head.iter().zip(COLUMNS) {
                sheet.aside(ArtifactType::PaginationOther, face, SMALL, at, foot, name);
            }
        }
    }
    sheet.rule(foot + PAD);
    foot + PAD
}

fn total(sheet: &mut Sheet<'_>, face: &Face, (name, sum): &(String, String), y: f32, table: &mut TagGroup) {
    let foot = y + LINE + PAD;
    let name = sheet.text(face, TEXT, COLUMNS[0], foot, name);
    let sum = sheet.text(face, TEXT, COLUMNS[3], foot, sum);
    let mut row = TagGroup::new(Tag::TR);
    row.push(TagGroup::with_children(Tag::TH(TableHeaderScope::Row), vec![name.into()]));
    let columns = std::num::NonZeroU32::new(3);
    row.push(TagGroup::with_children(Tag::TD.with_col_span(columns), vec![sum.into()]));
    table.push(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: usize) -> Invoice {
        let text = str::to_owned;
        Invoice {
            language: text("de"),
            title: text("Rechnung 42"),
            from: vec![text("Hausverwaltung Grün"), text("Lindenweg 3, 8010 Graz")],
            to: vec![text("Łucja Żółć"), text("Wohnung 12")],
            facts: vec![(text("Datum"), text("1. Dezember 2026")), (text("Fällig"), text("15. Dezember 2026"))],
            head: [text("Wofür"), text("Menge"), text("Steuer"), text("Betrag")],
            rows: vec![[text("Miete (1. bis 31. Dezember)"), text("1"), text("0,00 €"), text("1.250,00 €")]; rows],
            total: (text("Summe"), text("1.250,00 €")),
        }
    }

    fn pages(pdf: &[u8]) -> usize {
        String::from_utf8_lossy(pdf).matches("/Type/Page/").count()
    }

    #[test]
    fn one_sheet_and_many() {
        for (rows, sheets) in [(0, 1), (1, 1), (20, 1), (200, 7)] {
            let pdf = invoice(&sample(rows)).unwrap();
            assert!(pdf.starts_with(b"%PDF-1.7"), "{rows} rows");
            assert_eq!(pages(&pdf), sheets, "{rows} rows");
        }
    }

    #[test]
    fn no_text_keeps_an_invoice_from_being_written() {
        let odd = "東京 \u{0}\u{202E}\u{10FFFF} ( ) \\ <script> %% ".repeat(200);
        let mut strange = sample(2);
        strange.title.clone_from(&odd);
        strange.to = vec![odd.clone(), String::new()];
        strange.rows = vec![[odd.clone(), odd.clone(), String::new(), odd], Default::default()];
        assert!(invoice(&strange).unwrap().len() > 1000);
    }

    #[test]
    fn rows_are_split_so_that_all_are_there_once() {
        let faces = Faces::load().unwrap();
        let cells = sample(500).rows;
        let rows: Vec<Row<'_>> = cells.iter().map(|cells| Row::new(&faces.regular, cells)).collect();
        let sheets = split(&rows, 200.0);
        assert_eq!(sheets.first().map(|r| r.start), Some(0));
        assert_eq!(sheets.last().map(|r| r.end), Some(500));
        assert!(sheets.windows(2).all(|two| two[0].end == two[1].start && !two[0].is_empty()));
    }
}

//! A font: which glyph a letter is, how wide it is, and where a line of text may end.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

use crate::Error;

/// Stands for letters that the font does not have.
const UNKNOWN: char = '\u{FFFD}';

pub struct Face {
    pub font: Font,
    charmap: Charmap<'static>,
    widths: GlyphMetrics<'static>,
    per_em: f32,
}

/// Text that can be drawn, with its width in ems.
pub struct Run {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    pub width: f32,
}

impl Face {
    pub fn new(bytes: &'static [u8]) -> Result<Self, Error> {
        let broken = || Error("a font cannot be read".to_owned());
        let font = Font::new(bytes.into(), 0).ok_or_else(broken)?;
        let tables = FontRef::new(bytes).map_err(|_| broken())?;
        Ok(Self {
            per_em: font.units_per_em(),
            font,
            charmap: tables.charmap(),
            widths: tables.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// The glyphs of a text, one for each letter: no scripts whose letters join.
    pub fn run(&self, text: &str) -> Run {
        let mut run = Run { text: String::with_capacity(text.len()), glyphs: Vec::new(), width: 0.0 };
        for letter in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            let (letter, glyph) = match self.charmap.map(letter) {
                Some(glyph) => (letter, glyph),
                None => (UNKNOWN, self.charmap.map(UNKNOWN).unwrap_or_default()),
            };
            let begin = run.text.len();
            run.text.push(letter);
            let advance = self.widths.advance_width(glyph).unwrap_or_default() / self.per_em;
            let id = GlyphId::new(glyph.to_u32());
            run.glyphs.push(KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, begin..run.text.len(), None));
            run.width += advance;
        }
        run
    }

    /// Lines of at most `width` ems, broken between words, and inside of words that are longer. At least one line.
    pub fn lines(&self, text: &str, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.run(&longer).width <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if self.run(&line).width > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::REGULAR;

    #[test]
    fn lines_end_between_words_and_long_words_are_cut() {
        let face = Face::new(REGULAR).unwrap();
        assert_eq!(face.lines("", 10.0), [""]);
        assert_eq!(face.lines("a  few\nwords", 100.0), ["a few words"]);
        assert_eq!(face.lines("two words", face.run("two word").width), ["two", "words"]);
        let cut = face.lines(&"x".repeat(50), 5.0);
        assert!(cut.len() > 4 && cut.iter().all(|line| face.run(line).width <= 5.0));
        assert_eq!(cut.concat(), "x".repeat(50));
        // A letter wider than the line stands alone.
        assert_eq!(face.lines("ab", 0.1), ["a", "b"]);
    }

    #[test]
    fn letters_that_are_not_there_are_replaced() {
        let face = Face::new(REGULAR).unwrap();
        assert_eq!(face.run("Łódź, Straße, Ελλάδα, Київ, 5 €").text, "Łódź, Straße, Ελλάδα, Київ, 5 €");
        assert_eq!(face.run("東\u{0}京").text, "\u{FFFD} \u{FFFD}");
        assert!(face.run("ß").width > 0.0);
    }
}

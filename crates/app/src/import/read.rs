//! Reading files: whatever spreadsheets write, in UTF-8 or Windows-1252, with commas, semicolons or tabs.

use std::{borrow::Cow, collections::HashSet};

use kernel::{Error, Fault, Faults, Problem, Result, fold};

use super::{Kind, MOST_ROWS, plan::Row, unreadable};

/// The longest cell that is kept, in characters.
const LONGEST: usize = 2_000;

/// The rows of a file, their cells in the order of the kind's columns. Lines count from 1, the header included.
pub fn table(kind: Kind, bytes: &[u8]) -> Result<Vec<Row>> {
    let text = decoded(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(header)) = records.next() else { return Err(unreadable(Problem::Blank)) };
    let places = mapping(kind, &header)?;
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for record in records {
        let Ok(record) = record else { return Err(unreadable(Problem::Malformed)) };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST_ROWS {
            return Err(unreadable(Problem::TooLong(MOST_ROWS)));
        }
        let cell = |at: &Option<usize>| at.and_then(|at| record.get(at)).map(clean).unwrap_or_default();
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = places.iter().map(cell).collect();
        let twice = !seen.insert(sameness(kind, &cells));
        rows.push(Row { line, cells, twice });
    }
    if rows.is_empty() { Err(unreadable(Problem::Blank)) } else { Ok(rows) }
}

/// What two rows have in common that are the same.
fn sameness(kind: Kind, cells: &[String]) -> Vec<String> {
    let all = |places: &[usize]| places.iter().filter_map(|at| cells.get(*at)).map(|cell| fold(cell)).collect();
    match kind {
        Kind::Tenants if cells.first().is_some_and(|reference| !reference.is_empty()) => all(&[0, 5, 6, 7]),
        Kind::Tenants => all(&[1, 2, 3, 5, 6, 7]),
        Kind::Units => all(&[0, 1]),
        Kind::Charges if cells.first().is_some_and(|reference| !reference.is_empty()) => all(&[0, 1, 2]),
        Kind::Charges => all(&[1, 2, 3, 4, 5]),
    }
}

fn clean(cell: &str) -> String {
    // What an export protected from being a formula is read as it was.
    let cell = cell.trim();
    let cell = match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(super::export::RISKY) => rest,
        _ => cell,
    };
    cell.chars().filter(|c| *c != '\0').take(LONGEST).collect()
}

/// Where each column of the kind stands in the file.
fn mapping(kind: Kind, header: &csv::StringRecord) -> Result<Vec<Option<usize>>> {
    let names: Vec<String> = header.iter().map(|name| fold(&name.replace('_', " "))).collect();
    let columns = kind.columns();
    // A name of one's own comes before what another column is also called.
    let own: Vec<Option<usize>> =
        columns.iter().map(|c| names.iter().position(|n| *n == c.name.replace('_', " "))).collect();
    let mut taken: Vec<usize> = own.iter().flatten().copied().collect();
    let mut places = Vec::new();
    for (column, own) in columns.iter().zip(own) {
        let other = |taken: &[usize]| {
            column.also.iter().find_map(|also| names.iter().position(|n| n == also).filter(|at| !taken.contains(at)))
        };
        let place = own.or_else(|| other(&taken));
        taken.extend(place);
        places.push(place);
    }
    let mut faults = Faults::new();
    for (column, _) in columns.iter().zip(&places).filter(|(c, place)| c.required && place.is_none()) {
        faults.add_at(vec!["file".into(), column.name.into()], Problem::Mismatch);
    }
    faults.finish()?;
    Ok(places)
}

/// The names of columns that a file lacks, out of the error that says so.
#[must_use]
pub fn missing(error: &Error) -> Vec<String> {
    let Error::Invalid(faults) = error else { return Vec::new() };
    let name = |f: &Fault| f.path.get(1).filter(|_| f.problem == Problem::Mismatch).map(Cow::to_string);
    faults.iter().filter_map(name).collect()
}

/// The mark between cells: the one of which the first line has most, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0)];
    for b in line.bytes() {
        quoted ^= b == b'"';
        if !quoted {
            counts.iter_mut().filter(|(mark, _)| *mark == b).for_each(|(_, n)| *n += 1);
        }
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(mark, _)| mark)
}

/// The text of a file: UTF-8 with or without its mark, else Windows-1252.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|b| windows_1252(*b)).collect()),
    }
}

/// What the bytes from 0x80 to 0x9F are in Windows-1252; all others are what they are in Latin-1.
fn windows_1252(b: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match b {
        0x80..=0x9F => HIGH.get(usize::from(b) - 0x80).copied().unwrap_or('\u{FFFD}'),
        _ => char::from(b),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "Objekt;Einheit;Etage;Miete";

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        table(Kind::Units, bytes).unwrap().into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn encodings_and_marks_are_found_out() {
        let expected = vec![["Müllers Höfe", "A-1", "2", "", "7,5", "", ""].map(str::to_owned).to_vec()];
        let text = format!("{HEADER}\r\nMüllers Höfe;A-1;2;7,5\r\n\r\n;;;\r\n");
        assert_eq!(cells(text.as_bytes()), expected);
        assert_eq!(cells(format!("\u{FEFF}{text}").as_bytes()), expected);
        let ansi: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(cells(&ansi), expected);
        assert_eq!(cells(text.replace(';', "\t").as_bytes()), expected);
        let commas = "property,unit,floor,price\n\"Müllers Höfe\",A-1,2,\"7,5\"\n";
        assert_eq!(cells(commas.as_bytes()), expected);
        assert_eq!(windows_1252(0x80), '€');
    }

    #[test]
    fn a_line_knows_where_it_stood() {
        let rows = table(Kind::Units, b"property,number\nA,1\n\"B\nC\",2\nD,3\n").unwrap();
        assert_eq!(rows.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 3, 5]);
    }

    #[test]
    fn columns_that_are_missing_are_named() {
        let error = table(Kind::Tenants, b"Vorname,E-Mail\nAda,a@b.example\n").unwrap_err();
        assert_eq!(missing(&error), ["last_name", "property", "unit", "starts_on"]);
        assert!(table(Kind::Units, b"").is_err());
        assert!(table(Kind::Units, b"property,number\n").is_err());
    }

    #[test]
    fn what_an_export_protected_is_as_it_was() {
        assert_eq!(cells(b"property,number,description\nA,1,'=1+1\n")[0][3], "=1+1");
        assert_eq!(cells(b"property,number,description\nA,1,'tis\n")[0][3], "'tis");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for kind in Kind::ALL {
                let _ = table(kind, &bytes);
            }
        }
    }
}

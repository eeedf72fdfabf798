//! HEIC and AVIF, as phones write them: boxes in boxes (ISO/IEC 14496-12), in which each thing is an item with a place in
//! the file (ISO/IEC 23008-12). What tells where and when is written over with zeros where it stands, so that nothing else
//! moves.

use std::{collections::HashMap, ops::Range};

use super::parts::Parts;

/// A box: its kind, and where its content is.
struct Part {
    kind: [u8; 4],
    content: Range<usize>,
}

/// What is at the top of a file and stays: what kind it is, what is where, the pixels, films, and room.
const TOP: [&[u8; 4]; 6] = [b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip"];

/// Exif that says nothing: some readers refuse a picture with none in its place.
const NOTHING: &[u8] = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0";

/// What stands in a stretch from now on: these bytes, or zeros.
type Over = (Range<usize>, Option<Vec<u8>>);

/// More stretches than this are no metadata.
const MOST: usize = 10_000;

/// The picture with zeros for its metadata. None when it is not built as such pictures are.
pub(super) fn strip(bytes: &[u8]) -> Option<Parts> {
    let top = parts(bytes, 0..bytes.len())?;
    let meta = top.iter().find(|part| &part.kind == b"meta")?;
    let mut told = items(bytes, meta)?;
    for part in top {
        if &part.kind == b"moov" {
            film(bytes, part.content, 2, &mut told)?;
        } else if !TOP.contains(&&part.kind) {
            // What makers add beside everything: films of the moment, and when it was.
            told.push((part.content, None));
        }
    }
    Parts::over(bytes.len(), told)
}

/// What tells something in a film of pictures, and in each of its tracks, which are `deep` boxes in each other.
fn film(bytes: &[u8], content: Range<usize>, deep: u8, told: &mut Vec<Over>) -> Option<()> {
    for part in parts(bytes, content)? {
        match &part.kind {
            b"trak" | b"mdia" => film(bytes, part.content, deep.checked_sub(1)?, told)?,
            b"udta" | b"meta" | b"uuid" => told.push((part.content, None)),
            // When it was made and changed, after four bytes of version and flags.
            b"mvhd" | b"tkhd" | b"mdhd" => {
                let start = part.content.start;
                let length = if *bytes.get(start)? == 1 { 16 } else { 8 };
                let times = Some(start + 4..start + 4 + length).filter(|times| times.end <= part.content.end)?;
                told.push((times, None));
            }
            _ => {}
        }
        if told.len() > MOST {
            return None;
        }
    }
    Some(())
}

/// The boxes of a stretch, one behind the other.
fn parts(bytes: &[u8], within: Range<usize>) -> Option<Vec<Part>> {
    let mut out = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let mut r = Reader { bytes: bytes.get(..within.end)?, at };
        let size = r.number(4)?;
        let kind = r.take(4)?.try_into().ok()?;
        let end = match size {
            0 => within.end,
            1 => at.checked_add(r.number(8)?)?,
            size => at.checked_add(size)?,
        };
        if end < r.at || end > within.end {
            return None;
        }
        out.push(Part { kind, content: r.at..end });
        at = end;
    }
    Some(out)
}

/// Where the items are that say something about the picture and are no part of it.
fn items(bytes: &[u8], meta: &Part) -> Option<Vec<Over>> {
    // Four bytes of version and flags come first.
    let inside = parts(bytes, meta.content.start.checked_add(4)?..meta.content.end)?;
    let of = |kind: &[u8; 4]| inside.iter().find(|part| &part.kind == kind);
    let (Some(infos), Some(places)) = (of(b"iinf"), of(b"iloc")) else { return Some(Vec::new()) };
    let told = told(bytes, infos)?;
    let data = of(b"idat").map(|part| part.content.clone());
    let mut r = Reader { bytes: bytes.get(..places.content.end)?, at: places.content.start };
    let version = r.number(4)? >> 24;
    let (sizes, more) = (r.number(1)?, r.number(1)?);
    let (offset_size, length_size, base_size) = (sizes >> 4, sizes & 15, more >> 4);
    let index_size = if version == 0 { 0 } else { more & 15 };
    let id_size = if version < 2 { 2 } else { 4 };
    let mut out = Vec::new();
    for _ in 0..r.number(id_size)? {
        let id = r.number(id_size)?;
        // From where offsets count: from the file's beginning, or from that of the data inside.
        let from = if version == 0 { 0 } else { r.number(2)? & 15 };
        r.take(2)?;
        let base = r.number(base_size)?;
        let extents = r.number(2)?;
        // Extents without a byte of their own could be any number of them.
        if extents > 1 && index_size + offset_size + length_size == 0 || out.len() > MOST {
            return None;
        }
        for _ in 0..extents {
            r.take(index_size)?;
            let (offset, length) = (r.number(offset_size)?, r.number(length_size)?);
            let Some(&is_exif) = told.get(&id) else { continue };
            let start = base.checked_add(offset)?;
            let range = match from {
                0 => start..start.checked_add(length).filter(|_| length > 0)?,
                1 => {
                    let data = data.clone()?;
                    let start = data.start.checked_add(start)?;
                    start..start.checked_add(length).filter(|end| *end <= data.end)?
                }
                _ => return None,
            };
            let (start, end) = (range.start, range.start.saturating_add(NOTHING.len()));
            if is_exif && end <= range.end {
                out.extend([(start..end, Some(NOTHING.to_vec())), (end..range.end, None)]);
            } else {
                out.push((range, None));
            }
        }
    }
    Some(out)
}

/// The ids of items that are no pictures, XMP and whatever else has a type of its own, and whether they are Exif.
fn told(bytes: &[u8], infos: &Part) -> Option<HashMap<usize, bool>> {
    let mut r = Reader { bytes: bytes.get(..infos.content.end)?, at: infos.content.start };
    let version = r.number(4)? >> 24;
    r.number(if version == 0 { 2 } else { 4 })?;
    let mut out = HashMap::new();
    for info in parts(bytes, r.at..infos.content.end)? {
        let mut r = Reader { bytes: bytes.get(..info.content.end)?, at: info.content.start };
        let version = r.number(4)? >> 24;
        if version < 2 {
            return None;
        }
        let id = r.number(if version == 2 { 2 } else { 4 })?;
        r.take(2)?;
        let kind = r.take(4)?;
        if matches!(kind, b"Exif" | b"mime" | b"uri ") {
            out.insert(id, kind == b"Exif");
        }
    }
    Some(out)
}

/// Reads numbers, the largest digit first.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(n)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// A number of up to eight bytes; none of no bytes is 0.
    fn number(&mut self, n: usize) -> Option<usize> {
        if n > 8 {
            return None;
        }
        let number = self.take(n)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).ok()
    }
}

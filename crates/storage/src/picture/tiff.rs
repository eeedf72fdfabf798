//! TIFF, as scanners and cameras write it: lists of fields, each field a value or the place of one (TIFF 6.0, and Adobe's
//! supplements). What draws the picture stays where it is, so that nothing moves; all else becomes zeros: fields, what they
//! name, and what nothing names, such as the lists that a program left behind when it wrote new ones.

use std::{collections::HashSet, ops::Range};

use super::parts::Parts;

/// The fields that draw: of the baseline, of its extensions, of JPEGs inside, and the colours that are meant.
const DRAWS: [Range<u16>; 10] =
    [254..260, 262..267, 273..285, 290..294, 296..298, 301..302, 317..331, 338..348, 529..533, 34675..34676];

/// What its values mean; those of a sensor are no picture without what its maker says in places of its own.
const COLOURS: u16 = 262;
const OF_A_SENSOR: [usize; 2] = [32803, 34892];

/// How its pixels are written; JPEGs as they were meant first lie anywhere.
const WRITTEN: u16 = 259;
const OLD_JPEG: usize = 6;

/// Its values are the places of lists that are pictures too: smaller versions of this one.
const PICTURES: u16 = 330;

/// Fields with the places of the pixels, in strips and in tiles, and those with how many bytes there are.
const PIXELS: [(u16, u16); 2] = [(273, 279), (324, 325)];

/// Bytes of a field: its tag, what its values are, how many, and the value or its place.
const FIELD: usize = 12;

/// The picture with nothing but what draws it. None when it is not built as such pictures are.
pub(super) fn strip(bytes: &[u8]) -> Option<Parts> {
    let is_little = match bytes.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    // Nothing lies in each other, so all together has fewer fields and values than the file has bytes. Else it is a trap.
    let mut file = File { bytes, is_little, room: bytes.len(), kept: Vec::new(), lists: Vec::new() };
    file.keep(0..8)?;
    let first = file.place(4).filter(|place| *place != 0)?;
    let (mut pictures, mut seen) = (vec![first], HashSet::from([0]));
    while let Some(at) = pictures.pop() {
        if seen.insert(at) {
            file.clean(at, &mut pictures)?;
        }
    }
    let File { mut kept, lists, .. } = file;
    kept.extend(lists.iter().map(|(list, _)| list.clone()));
    kept.sort_unstable_by_key(|range| range.start);
    let (mut over, mut done) = (lists, 0);
    for Range { start, end } in kept.into_iter().chain(std::iter::once(bytes.len()..bytes.len())) {
        if start > done {
            over.push((done..start, None));
        }
        done = done.max(end);
    }
    Parts::over(bytes.len(), over)
}

struct File<'a> {
    bytes: &'a [u8],
    is_little: bool,
    /// How many fields and values may still come.
    room: usize,
    /// Where something stands that stays.
    kept: Vec<Range<usize>>,
    /// The lists as they are to be.
    lists: Vec<(Range<usize>, Option<Vec<u8>>)>,
}

impl File<'_> {
    fn number<const N: usize>(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(N)?)?;
        let add = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        Some(if self.is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
    }

    fn tag(&self, field: usize) -> Option<u16> {
        self.number::<2>(field).and_then(|n| n.try_into().ok())
    }

    fn place(&self, at: usize) -> Option<usize> {
        self.number::<4>(at)
    }

    fn keep(&mut self, range: Range<usize>) -> Option<()> {
        self.bytes.get(range.clone())?;
        self.kept.push(range);
        Some(())
    }

    fn take(&mut self, count: usize) -> Option<()> {
        self.room = self.room.checked_sub(count)?;
        Some(())
    }

    /// How long each value of a field is, and where they are: in it, or elsewhere.
    fn values(&mut self, field: usize) -> Option<(usize, Range<usize>)> {
        let size = match self.number::<2>(field + 2)? {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let count = self.place(field + 4)?;
        self.take(count)?;
        let length = count.checked_mul(size)?;
        let start = if length > 4 { self.place(field + 8)? } else { field + 8 };
        Some((size, start..start.checked_add(length)?))
    }

    /// Values as numbers.
    fn numbers(&self, size: usize, at: Range<usize>) -> Option<Vec<usize>> {
        let number = |at| match size {
            1 => self.number::<1>(at),
            2 => self.number::<2>(at),
            4 => self.number::<4>(at),
            _ => None,
        };
        at.step_by(size).map(number).collect()
    }

    /// Notes what stays of a picture, and its list without the rest; `next` are the pictures that it names.
    fn clean(&mut self, at: usize, next: &mut Vec<usize>) -> Option<()> {
        let count = self.number::<2>(at)?;
        self.take(count.max(1))?;
        let (first, last) = (at + 2, at + 2 + count * FIELD);
        // The place of the next picture follows the last field.
        let end = last + 4;
        next.push(self.place(last)?);
        let mut kept = Vec::new();
        let (mut places, mut lengths) = (Vec::new(), Vec::new());
        for field in (first..last).step_by(FIELD) {
            let tag = self.tag(field)?;
            if !DRAWS.iter().any(|draws| draws.contains(&tag)) {
                continue;
            }
            let (size, values) = self.values(field)?;
            match tag {
                COLOURS if OF_A_SENSOR.contains(&self.number::<2>(field + 8)?) => return None,
                WRITTEN if self.number::<2>(field + 8)? == OLD_JPEG => return None,
                PICTURES => next.extend(self.numbers(size, values.clone())?),
                _ if PIXELS.iter().any(|of| of.0 == tag) => places.extend(self.numbers(size, values.clone())?),
                _ if PIXELS.iter().any(|of| of.1 == tag) => lengths.extend(self.numbers(size, values.clone())?),
                _ => {}
            }
            if values.start != field + 8 {
                self.keep(values)?;
            }
            kept.extend_from_slice(self.bytes.get(field..field + FIELD)?);
        }
        if places.len() != lengths.len() {
            return None;
        }
        for (place, length) in places.into_iter().zip(lengths) {
            self.pixels(place..place.checked_add(length)?)?;
        }
        let count = u16::try_from(kept.len() / FIELD).ok()?;
        let count = if self.is_little { count.to_le_bytes() } else { count.to_be_bytes() };
        let mut list = [&count[..], &kept, self.bytes.get(last..end)?].concat();
        list.resize(end - at, 0);
        self.lists.push((at..end, Some(list)));
        Some(())
    }

    /// Keeps pixels; those that are a JPEG with metadata of its own are refused.
    fn pixels(&mut self, range: Range<usize>) -> Option<()> {
        let pixels = self.bytes.get(range.clone())?;
        if pixels.starts_with(b"\xff\xd8") && super::has_metadata(pixels) {
            return None;
        }
        self.keep(range)
    }
}

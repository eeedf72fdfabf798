//! TIFF, as scanners and cameras write it: lists of fields, each field a value or the place of one (TIFF 6.0, and Adobe's
//! supplements). What is no part of the picture goes from its list and is written over with zeros where it stands, so that
//! nothing else moves.

use std::{collections::HashSet, ops::Range};

use super::parts::Parts;

/// Its value is the place of lists that are pictures too: smaller versions of this one.
const PICTURES: u16 = 330;

/// Their value is the place of a list: Exif, where it was taken, how it may be used elsewhere.
const LISTS: [u16; 3] = [34665, 34853, 40965];

/// What its values mean; those of a sensor are no picture without what its maker says in places of its own.
const COLOURS: u16 = 262;
const OF_A_SENSOR: [u16; 2] = [32803, 34892];

/// The fields that draw: of the baseline, of its extensions, of JPEGs inside, and the colours that are meant.
const DRAWS: [Range<u16>; 10] = [
    254..260,
    262..267,
    273..285,
    286..298,
    301..302,
    317..331,
    332..344,
    347..348,
    512..533,
    // The colours of the picture.
    34675..34676,
];

/// The picture with nothing but what draws it. None when it is not built as such pictures are.
pub(super) fn strip(bytes: &[u8]) -> Option<Parts> {
    let is_little = match bytes.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    // Lists do not lie in each other, so all of them have fewer fields than the file has room for. Else it is a trap.
    let mut file = File { bytes, is_little, room: bytes.len() / FIELD, over: Vec::new() };
    let (mut pictures, mut seen) = (vec![file.place(4)?], HashSet::from([0]));
    while let Some(at) = pictures.pop() {
        if seen.insert(at) {
            file.clean(at, &mut pictures)?;
        }
    }
    Parts::over(bytes.len(), file.over)
}

/// Bytes of a field: its tag, what its values are, how many, and the value or its place.
const FIELD: usize = 12;

struct File<'a> {
    bytes: &'a [u8],
    is_little: bool,
    /// How many fields may still come.
    room: usize,
    /// What stands elsewhere than before, and what is no more.
    over: Vec<(Range<usize>, Option<Vec<u8>>)>,
}

impl File<'_> {
    fn number<const N: usize>(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(N)?)?;
        let add = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        Some(if self.is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
    }

    fn short(&self, at: usize) -> Option<u16> {
        self.number::<2>(at).and_then(|n| n.try_into().ok())
    }

    fn place(&self, at: usize) -> Option<usize> {
        self.number::<4>(at)
    }

    fn take(&mut self, fields: usize) -> Option<()> {
        self.room = self.room.checked_sub(fields)?;
        Some(())
    }

    /// The fields of the list that is here.
    fn fields(&mut self, at: usize) -> Option<Range<usize>> {
        let count = self.number::<2>(at)?;
        self.take(count.max(1))?;
        let first = at + 2;
        Some(first..first + count * FIELD).filter(|fields| fields.end <= self.bytes.len())
    }

    /// Where the values of a field are: in it, or elsewhere.
    fn values(&self, field: usize) -> Option<Range<usize>> {
        let size = match self.number::<2>(field + 2)? {
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = self.place(field + 4)?.checked_mul(size)?;
        let start = if length > 4 { self.place(field + 8)? } else { field + 8 };
        Some(start..start.checked_add(length)?)
    }

    /// Takes out of a picture's list what does not draw; `next` are the pictures it names.
    fn clean(&mut self, at: usize, next: &mut Vec<usize>) -> Option<()> {
        let fields = self.fields(at)?;
        // The place of the next picture follows the last field.
        let end = fields.end + 4;
        next.push(self.place(fields.end)?);
        let mut kept = Vec::with_capacity(end - at);
        for field in fields.clone().step_by(FIELD) {
            let tag = self.short(field)?;
            if !DRAWS.iter().any(|draws| draws.contains(&tag)) {
                self.forget(field)?;
                continue;
            }
            if tag == COLOURS && OF_A_SENSOR.contains(&self.short(field + 8)?) {
                return None;
            }
            if tag == PICTURES {
                let places = self.values(field)?.step_by(4);
                self.take(places.len())?;
                for place in places {
                    next.push(self.place(place)?);
                }
            }
            kept.extend_from_slice(self.bytes.get(field..field + FIELD)?);
        }
        let count = u16::try_from(kept.len() / FIELD).ok()?;
        let count = if self.is_little { count.to_le_bytes() } else { count.to_be_bytes() };
        let mut list = [&count[..], &kept, self.bytes.get(fields.end..end)?].concat();
        list.resize(end - at, 0);
        self.over.push((at..end, Some(list)));
        Some(())
    }

    /// Notes what a field says, and the lists that it names, to be written over. What stands in the field goes with it.
    fn forget(&mut self, field: usize) -> Option<()> {
        let mut fields = vec![field];
        while let Some(field) = fields.pop() {
            if LISTS.contains(&self.short(field)?) {
                let list = self.fields(self.place(field + 8)?)?;
                fields.extend(list.clone().step_by(FIELD));
                self.over.push((list, None));
                continue;
            }
            let values = self.values(field)?;
            if values.start != field + 8 {
                self.over.push((values, None));
            }
        }
        Some(())
    }
}

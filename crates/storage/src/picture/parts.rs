//! A file that is made of parts of another: what is kept is not copied, but for small pieces.

use std::ops::Range;

use bytes::Bytes;

/// Pieces that are shorter are copied and joined: a file can be made of millions.
const SHORT: usize = 4096;

/// Files of more parts are refused: no camera and no program makes such.
const MOST: usize = 100_000;

/// What a file consists of, in its order.
#[derive(Debug, Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    are_too_many: bool,
}

#[derive(Debug)]
enum Part {
    /// These bytes of the other file.
    Kept(Range<usize>),
    /// Others.
    New(Vec<u8>),
    /// Others that stay a part of their own.
    Apart(Vec<u8>),
}

impl Parts {
    /// A file that is another but for these stretches, in which other bytes stand, or zeros. None when one is not in it, or
    /// other bytes are wanted where something stands already.
    pub(super) fn over(len: usize, mut stretches: Vec<(Range<usize>, Option<Vec<u8>>)>) -> Option<Self> {
        // Zeros come last: they take what is left.
        stretches.sort_by_key(|(stretch, new)| (stretch.start, new.is_none()));
        let (mut parts, mut done) = (Self::default(), 0);
        for (Range { start, end }, new) in stretches {
            if start > end || end > len || new.is_some() && start < done {
                return None;
            }
            let left = start.max(done)..end;
            if !left.is_empty() {
                parts.keep(done..left.start);
                done = end;
                parts.add(new.unwrap_or_else(|| vec![0; left.len()]));
            }
        }
        parts.keep(done..len);
        Some(parts)
    }

    /// Goes on with bytes of the other file.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        match self.parts.last_mut() {
            _ if range.is_empty() => {}
            Some(Part::Kept(last)) if last.end == range.start => last.end = range.end,
            _ => self.push(Part::Kept(range)),
        }
    }

    /// Goes on with other bytes.
    pub(super) fn add(&mut self, new: Vec<u8>) {
        self.push(Part::New(new));
    }

    /// Goes on with other bytes that are changed later; answers which part they are.
    pub(super) fn add_apart(&mut self, new: Vec<u8>) -> usize {
        self.push(Part::Apart(new));
        self.parts.len() - 1
    }

    fn push(&mut self, part: Part) {
        match self.parts.len() < MOST {
            true => self.parts.push(part),
            false => self.are_too_many = true,
        }
    }

    /// The bytes of a part that was added apart.
    pub(super) fn apart(&mut self, part: usize) -> Option<&mut Vec<u8>> {
        match self.parts.get_mut(part) {
            Some(Part::Apart(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// How long the file is.
    pub(super) fn len(&self) -> usize {
        let len = |part: &Part| match part {
            Part::Kept(range) => range.len(),
            Part::New(bytes) | Part::Apart(bytes) => bytes.len(),
        };
        self.parts.iter().map(len).sum()
    }

    /// Its bytes, part by part. None when they are too many.
    pub(super) fn of(self, whole: &Bytes) -> Option<Vec<Bytes>> {
        if self.are_too_many {
            return None;
        }
        let (mut out, mut short) = (Vec::new(), Vec::new());
        for part in self.parts {
            match part {
                Part::Kept(range) if range.len() >= SHORT => {
                    out.extend([std::mem::take(&mut short).into(), whole.slice(range)]);
                }
                Part::Kept(range) => short.extend_from_slice(&whole[range]),
                Part::New(bytes) | Part::Apart(bytes) => short.extend(bytes),
            }
        }
        out.push(short.into());
        out.retain(|part| !part.is_empty());
        Some(out)
    }
}

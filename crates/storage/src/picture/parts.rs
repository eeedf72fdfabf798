//! A file that is made of parts of another: what is kept is not copied.

use std::ops::Range;

use bytes::Bytes;

/// What a file consists of, in its order.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// These bytes of the other file.
    Kept(Range<usize>),
    /// Others.
    New(Vec<u8>),
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
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(Part::Kept(last)) if last.end == range.start => last.end = range.end,
            _ => self.0.push(Part::Kept(range)),
        }
    }

    /// Goes on with other bytes; answers which part they are.
    pub(super) fn add(&mut self, new: Vec<u8>) -> usize {
        self.0.push(Part::New(new));
        self.0.len() - 1
    }

    /// The bytes of a part that were not kept; none of one that was.
    pub(super) fn added(&mut self, part: usize) -> &mut [u8] {
        match self.0.get_mut(part) {
            Some(Part::New(bytes)) => bytes,
            _ => &mut [],
        }
    }

    /// How long the file is.
    pub(super) fn len(&self) -> usize {
        let len = |part: &Part| match part {
            Part::Kept(range) => range.len(),
            Part::New(bytes) => bytes.len(),
        };
        self.0.iter().map(len).sum()
    }

    /// Its bytes, part by part.
    pub(super) fn of(self, whole: &Bytes) -> Vec<Bytes> {
        let bytes = |part: Part| match part {
            Part::Kept(range) => whole.slice(range),
            Part::New(bytes) => bytes.into(),
        };
        self.0.into_iter().map(bytes).collect()
    }
}

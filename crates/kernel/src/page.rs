//! Pages of lists: keyset cursors that a client carries and cannot read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// One value of a cursor's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Key {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
impl From<String> for Key {
    fn from(s: String) -> Self {
        Self::Text(s)
    }
}

/// Where a page ended: the sort values of its last row. It belongs to one list with one set of filters (its scope)
/// and is refused by every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    scope: u32,
    keys: Vec<Key>,
}

const VERSION: u8 = 1;
const MOST_KEYS: usize = 4;

impl Cursor {
    /// A position in the list named by `scope` (its name and filters, as text).
    #[must_use]
    pub fn new(scope: &str, keys: Vec<Key>) -> Self {
        Self { scope: hash(scope.as_bytes()), keys }
    }

    /// The position's values, when the cursor belongs to the list named by `scope`.
    #[must_use]
    pub fn keys(&self, scope: &str) -> Option<&[Key]> {
        (self.scope == hash(scope.as_bytes())).then_some(&self.keys)
    }

    /// The text a client carries.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut b = vec![VERSION];
        b.extend(self.scope.to_le_bytes());
        for key in &self.keys {
            match key {
                Key::Int(n) => {
                    b.push(0);
                    b.extend(n.to_le_bytes());
                }
                Key::Text(s) => {
                    b.push(1);
                    b.extend((s.len() as u32).to_le_bytes());
                    b.extend(s.as_bytes());
                }
            }
        }
        b.extend(hash(&b).to_le_bytes());
        URL_SAFE_NO_PAD.encode(b)
    }

    /// Reads what [`Cursor::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(s: &str) -> Option<Self> {
        if s.len() > 4096 {
            return None;
        }
        let b = URL_SAFE_NO_PAD.decode(s).ok()?;
        let (b, sum) = b.split_at_checked(b.len().checked_sub(4)?)?;
        if hash(b).to_le_bytes() != sum {
            return None;
        }
        let (head, mut rest) = b.split_at_checked(5)?;
        if head[0] != VERSION {
            return None;
        }
        let scope = u32::from_le_bytes(head[1..5].try_into().ok()?);
        let mut keys = Vec::new();
        while let Some((kind, tail)) = rest.split_first() {
            let (key, tail) = match kind {
                0 => {
                    let (n, tail) = tail.split_at_checked(8)?;
                    (Key::Int(i64::from_le_bytes(n.try_into().ok()?)), tail)
                }
                1 => {
                    let (n, tail) = tail.split_at_checked(4)?;
                    let (s, tail) = tail.split_at_checked(u32::from_le_bytes(n.try_into().ok()?) as usize)?;
                    (Key::Text(String::from_utf8(s.to_vec()).ok()?), tail)
                }
                _ => return None,
            };
            keys.push(key);
            rest = tail;
        }
        (!keys.is_empty() && keys.len() <= MOST_KEYS).then_some(Self { scope, keys })
    }
}

/// FNV-1a: guards against mixing cursors up and against damage, not against forgery; a forged position reveals
/// nothing that the list would not show.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

/// Which page is asked for.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// How many rows; 0 stands for 50, and 500 is the most.
    pub limit: u32,
}

impl PageRequest {
    /// The number of rows to give.
    #[must_use]
    pub fn rows(&self) -> u32 {
        match self.limit {
            0 => 50,
            n => n.min(500),
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from up to `rows + 1` fetched rows; the surplus one only tells that there is more.
    #[must_use]
    pub fn cut(mut items: Vec<T>, rows: u32, scope: &str, position: impl Fn(&T) -> Vec<Key>) -> Self {
        let more = items.len() > rows as usize;
        items.truncate(rows as usize);
        let next = items.last().filter(|_| more).map(|last| Cursor::new(scope, position(last)));
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = Key> {
        prop_oneof![any::<i64>().prop_map(Key::Int), ".{0,40}".prop_map(Key::Text)]
    }

    proptest! {
        #[test]
        fn round_trip(keys in prop::collection::vec(key(), 1..=MOST_KEYS), scope in ".{0,20}") {
            let c = Cursor::new(&scope, keys.clone());
            let back = Cursor::decode(&c.encode());
            prop_assert_eq!(back.as_ref().and_then(|c| c.keys(&scope)), Some(keys.as_slice()));
        }

        #[test]
        fn of_another_list_it_is_refused(keys in prop::collection::vec(key(), 1..=2)) {
            let cursor = Cursor::new("tickets", keys);
            prop_assert_eq!(cursor.keys("people"), None);
        }

        #[test]
        fn damage_is_noticed(keys in prop::collection::vec(key(), 1..=2), at in 0usize..400, to in "[A-Za-z0-9]") {
            let good = Cursor::new("x", keys);
            let mut s = good.encode();
            let at = at % s.len();
            s.replace_range(at..=at, &to);
            prop_assert!(Cursor::decode(&s).is_none_or(|c| c == good));
        }

        #[test]
        fn reading_never_panics(s in "\\PC{0,60}") {
            let _ = Cursor::decode(&s);
        }
    }
}

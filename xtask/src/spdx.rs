//! Licence expressions (SPDX): `MIT OR Apache-2.0`, `(MIT OR ISC) AND Unicode-3.0`, and the old `MIT/Apache-2.0`.

use crate::shell::Result;

/// Whether an expression can be met with the allowed licences alone.
pub fn is_allowed(expression: &str, allowed: &[&str]) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut parser = Parser { words: spaced.split_whitespace().collect(), next: 0, allowed };
    let answer = parser.alternatives()?;
    match parser.peek() {
        None => Ok(answer),
        Some(word) => Err(format!("`{expression}`: `{word}` was not expected")),
    }
}

struct Parser<'a> {
    words: Vec<&'a str>,
    next: usize,
    allowed: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.peek() == Some(word);
        self.next += usize::from(taken);
        taken
    }

    /// `a OR b`: one of them is enough.
    fn alternatives(&mut self) -> Result<bool> {
        let mut answer = self.all()?;
        while self.take("OR") {
            answer |= self.all()?;
        }
        Ok(answer)
    }

    /// `a AND b`: both are needed. Binds tighter than `OR`.
    fn all(&mut self) -> Result<bool> {
        let mut answer = self.one()?;
        while self.take("AND") {
            answer &= self.one()?;
        }
        Ok(answer)
    }

    /// One licence, or an expression in brackets.
    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let answer = self.alternatives()?;
            return if self.take(")") { Ok(answer) } else { Err("a closing bracket is missing".into()) };
        }
        let licence = self.name()?;
        // An exception only ever permits more than the licence alone.
        if self.take("WITH") {
            self.name()?;
        }
        Ok(self.allowed.contains(&licence))
    }

    fn name(&mut self) -> Result<&'a str> {
        match self.peek() {
            None => Err("a licence is missing at the end".into()),
            Some(word @ ("AND" | "OR" | "WITH" | "(" | ")")) => Err(format!("a licence is missing before `{word}`")),
            Some(licence) => {
                self.next += 1;
                Ok(licence)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(expression: &str) -> bool {
        is_allowed(expression, &["MIT", "Apache-2.0", "ISC", "Unicode-3.0"]).unwrap()
    }

    #[test]
    fn one_of_the_alternatives_is_enough() {
        assert!(allowed("MIT"));
        assert!(allowed("MIT OR GPL-3.0-only"));
        assert!(allowed("GPL-3.0-only OR MIT"));
        assert!(allowed("Unlicense/MIT"));
        assert!(allowed("MIT / GPL-2.0"));
        assert!(!allowed("GPL-3.0-only OR LGPL-3.0-only"));
        assert!(!allowed("MIT-0"));
    }

    #[test]
    fn all_parts_are_needed() {
        assert!(allowed("Apache-2.0 AND ISC"));
        assert!(!allowed("Apache-2.0 AND OpenSSL"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("(MIT OR Apache-2.0) AND OpenSSL"));
        assert!(allowed("((MIT))"));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert!(allowed("MIT OR Apache-2.0 AND OpenSSL"));
        assert!(!allowed("OpenSSL OR Apache-2.0 AND OpenSSL"));
        assert!(!allowed("(MIT OR Apache-2.0) AND (OpenSSL OR GPL-2.0)"));
    }

    #[test]
    fn exceptions_permit_more() {
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"));
        assert!(!allowed("GPL-3.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn nonsense_is_an_error() {
        for expression in
            ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT Apache-2.0", "MIT AND OR ISC", "Apache-2.0 WITH"]
        {
            assert!(is_allowed(expression, &["MIT"]).is_err(), "{expression}");
        }
    }
}

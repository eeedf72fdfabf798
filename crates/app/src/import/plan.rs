//! What becomes of a row: decided from what is known, without writing. Checking and taking decide alike.

use std::collections::HashMap;

use kernel::{Currency, Date, Email, written_amount, written_date};
use serde::{Deserialize, Serialize};

/// A row of a list: where it stood, and its cells in the order of its kind's columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub line: u64,
    pub cells: Vec<String>,
    /// Whether an earlier line says the same.
    #[serde(default)]
    pub twice: bool,
}

impl Row {
    /// The cell of a column.
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The line in the file, from 1, the header included.
    pub line: u64,
    /// In which column; of the row as a whole where there is none.
    pub column: Option<String>,
    /// Why it is not taken.
    pub reason: Reason,
    /// What stood there.
    pub value: String,
}

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The cell is empty.
    Required,
    /// The cell is too long.
    TooLong,
    /// It is no day.
    NoDate,
    /// It is no sum, or one that cannot be.
    NoAmount,
    /// It is no e-mail address.
    NoEmail,
    /// It is no role.
    NoRole,
    /// There is no property of this name.
    NoProperty,
    /// Several properties have this name.
    Ambiguous,
    /// The property has no unit of this number.
    NoUnit,
    /// Nobody rents the unit on that day.
    NoLedger,
    /// There is neither a reference nor an e-mail address, so it could be taken twice.
    NoKey,
    /// Another tenant has the unit.
    UnitTaken,
    /// The end is before the beginning.
    EndsBefore,
    /// The same stands in an earlier line.
    Twice,
    /// The reference belongs to somebody with another name.
    OtherPerson,
    /// The reference belongs to another unit.
    OtherUnit,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Required,
        Self::TooLong,
        Self::NoDate,
        Self::NoAmount,
        Self::NoEmail,
        Self::NoRole,
        Self::NoProperty,
        Self::Ambiguous,
        Self::NoUnit,
        Self::NoLedger,
        Self::NoKey,
        Self::UnitTaken,
        Self::EndsBefore,
        Self::Twice,
        Self::OtherPerson,
        Self::OtherUnit,
    ];

    /// In plain English, for the command line.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Required => "is empty",
            Self::TooLong => "is too long",
            Self::NoDate => "is no day such as 2026-11-30 or 30.11.2026",
            Self::NoAmount => "is no sum",
            Self::NoEmail => "is no e-mail address",
            Self::NoRole => "is no role: tenant, owner or member",
            Self::NoProperty => "is no property here",
            Self::Ambiguous => "is the name of several properties",
            Self::NoUnit => "is no unit of this property",
            Self::NoLedger => "is rented by nobody on that day",
            Self::NoKey => "needs a reference or an e-mail address, so that nobody is taken twice",
            Self::UnitTaken => "is rented by somebody else",
            Self::EndsBefore => "is before the beginning",
            Self::Twice => "stands in an earlier line already",
            Self::OtherPerson => "belongs to somebody with another name",
            Self::OtherUnit => "belongs to another unit",
        }
    }
}

/// What a row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Something new is made.
    Made,
    /// Something known is changed.
    Changed,
    /// It is so already.
    Same,
}

/// Reads a row's cells and gathers what is wrong with them.
pub struct Reader<'a> {
    row: &'a Row,
    columns: &'static [super::Column],
    pub faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub const fn new(row: &'a Row, columns: &'static [super::Column]) -> Self {
        Self { row, columns, faults: Vec::new() }
    }

    /// Notes that an earlier line says the same.
    pub fn twice(&mut self) {
        if self.row.twice {
            let fault = Fault { line: self.row.line, column: None, reason: Reason::Twice, value: String::new() };
            self.faults.push(fault);
        }
    }

    /// Notes what is wrong with a column.
    pub fn wrong(&mut self, at: usize, reason: Reason) {
        self.faults.push(Fault {
            line: self.row.line,
            column: self.columns.get(at).map(|c| c.name.to_owned()),
            reason,
            value: self.row.cell(at).chars().take(80).collect(),
        });
    }

    /// A text of at most 200 characters; empty where there is none.
    pub fn text(&mut self, at: usize) -> &'a str {
        let text = self.row.cell(at);
        if text.chars().count() > 200 {
            self.wrong(at, Reason::TooLong);
        }
        text
    }

    /// A text that must be there.
    pub fn needed(&mut self, at: usize) -> &'a str {
        let text = self.text(at);
        if text.is_empty() {
            self.wrong(at, Reason::Required);
        }
        text
    }

    /// A day, where there is one.
    pub fn date(&mut self, at: usize) -> Option<Date> {
        let text = self.row.cell(at);
        let date = written_date(text);
        if !text.is_empty() && date.is_none() {
            self.wrong(at, Reason::NoDate);
        }
        date
    }

    /// A sum of 0 or more, where there is one.
    pub fn amount(&mut self, at: usize, currency: Currency) -> Option<i64> {
        let text = self.row.cell(at);
        let amount = written_amount(text, currency).filter(|n| (0..=crate::ledger::MOST).contains(n));
        if !text.is_empty() && amount.is_none() {
            self.wrong(at, Reason::NoAmount);
        }
        amount
    }

    /// A measure of 0 or more with at most two decimals, in hundredths, where there is one. It is written as sums are.
    pub fn hundredths(&mut self, at: usize) -> Option<i64> {
        self.amount(at, Currency::EUR)
    }

    /// An e-mail address, where there is one.
    pub fn email(&mut self, at: usize) -> Option<&'a str> {
        let text = self.row.cell(at);
        if text.is_empty() {
            return None;
        }
        if Email::parse(text).is_none() {
            self.wrong(at, Reason::NoEmail);
        }
        Some(text)
    }
}

/// Properties by what they are called.
pub struct Places(pub HashMap<String, Vec<kernel::PropertyId>>);

impl Places {
    /// The property a cell names; what is wrong is noted.
    pub fn find(&self, reader: &mut Reader<'_>, at: usize) -> Option<kernel::PropertyId> {
        let name = reader.needed(at);
        if name.is_empty() {
            return None;
        }
        match self.0.get(&kernel::fold(name)).map(Vec::as_slice) {
            Some([one]) => Some(*one),
            Some(_) => {
                reader.wrong(at, Reason::Ambiguous);
                None
            }
            None => {
                reader.wrong(at, Reason::NoProperty);
                None
            }
        }
    }
}

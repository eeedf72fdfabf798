//! What was found out, as tables.

use std::fmt::Write as _;

/// One thing measured.
#[derive(Clone, Debug)]
pub struct Row {
    what: String,
    command: String,
    measured: String,
    /// What is wanted, and whether it is so; nothing where it is for information.
    wanted: Option<(String, bool)>,
}

impl Row {
    /// Something measured, for information.
    pub fn new(what: impl Into<String>, command: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into(), measured: measured.into(), wanted: None }
    }

    /// Says what is wanted, and whether it is so.
    pub fn wanted(mut self, wanted: impl Into<String>, good: bool) -> Self {
        self.wanted = Some((wanted.into(), good));
        self
    }

    /// A topic that could not be measured.
    pub fn failed(topic: &str, error: &str) -> Self {
        let measured = error.lines().next().unwrap_or_default().to_owned();
        Self::new(topic, "", measured).wanted("a measurement", false)
    }
}

/// The table of these rows, in Markdown.
pub fn text(rows: &[Row]) -> String {
    let mut out = String::from("| what | command | measured | wanted | |\n|---|---|---|---|---|\n");
    for row in rows {
        let (wanted, mark) = match &row.wanted {
            Some((wanted, good)) => (wanted.as_str(), if *good { "✓" } else { "✗" }),
            None => ("", ""),
        };
        let _ = writeln!(out, "| {} | {} | {} | {wanted} | {mark} |", row.what, row.command, row.measured);
    }
    out
}

/// How many are as wanted, and those that are not.
pub fn summary(rows: &[Row]) -> String {
    let all = rows.iter().filter_map(|row| Some((row, row.wanted.as_ref()?.1)));
    let (good, bad): (Vec<_>, Vec<_>) = all.partition(|(_, good)| *good);
    let mut out = format!("{} of {} as wanted.\n", good.len(), good.len() + bad.len());
    if !bad.is_empty() {
        let bad: Vec<Row> = bad.into_iter().map(|(row, _)| row.clone()).collect();
        let _ = write!(out, "\n{}", text(&bad));
    }
    out
}

/// `1 234` for 1234.4.
pub fn count(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that so many percent are not above; 0 of none.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent / 100).min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!([count(0.4), count(999.6), count(31_200.0)], ["0", "1\u{a0}000", "31\u{a0}200"]);
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_summary_shows_what_is_not_as_wanted() {
        let rows = [
            Row::new("a", "`x`", "1"),
            Row::new("b", "`x`", "2").wanted("≤ 3", true),
            Row::new("c", "`x`", "4").wanted("≤ 3", false),
        ];
        let head = "| what | command | measured | wanted | |\n|---|---|---|---|---|\n";
        assert_eq!(summary(&rows), format!("1 of 2 as wanted.\n\n{head}| c | `x` | 4 | ≤ 3 | ✗ |\n"));
        assert_eq!(summary(&rows[..2]), "1 of 1 as wanted.\n");
    }
}

//! Lists whose order people set themselves, one step at a time.

/// A step of one thing in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Towards the beginning.
    Up,
    /// Towards the end.
    Down,
}

/// The order after `which` took a step; nothing where it cannot, or is not in the list.
pub(crate) fn stepped<T: Copy + PartialEq>(order: &[T], which: T, step: Step) -> Option<Vec<T>> {
    let from = order.iter().position(|t| *t == which)?;
    let to = match step {
        Step::Up => from.checked_sub(1)?,
        Step::Down => from + 1,
    };
    let mut new = order.to_vec();
    (to < new.len()).then(|| new.swap(from, to))?;
    Some(new)
}

/// Numbers the rows of a table from 0, in the order of their ids, in one statement.
macro_rules! renumber {
    ($w:expr, $table:literal, $ids:expr) => {{
        let ids: Vec<i64> = $ids.iter().map(|id| id.get()).collect();
        let ids = serde_json::to_string(&ids).map_err(kernel::Error::internal)?;
        $w.execute(db::sql!(
            sqlite: concat!(
                "UPDATE ", $table, " SET position = (SELECT j.key FROM json_each($2) j WHERE j.value = ", $table, ".id) \
                 WHERE org_id = $1 AND id IN (SELECT j.value FROM json_each($2) j)"),
            postgres: concat!(
                "UPDATE ", $table, " SET position = j.n - 1 \
                 FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS json)) WITH ORDINALITY AS j (id, n) \
                 WHERE org_id = $1 AND ", $table, ".id = CAST(j.id AS BIGINT)");
            $w.caller().org, &ids
        ))
        .await?;
    }};
}
pub(crate) use renumber;

#[cfg(test)]
mod tests {
    use super::{Step, stepped};

    #[test]
    fn a_step_swaps_neighbours_and_ends_at_the_ends() {
        assert_eq!(stepped(&[1, 2, 3], 2, Step::Up), Some(vec![2, 1, 3]));
        assert_eq!(stepped(&[1, 2, 3], 2, Step::Down), Some(vec![1, 3, 2]));
        assert_eq!(stepped(&[1, 2, 3], 1, Step::Up), None);
        assert_eq!(stepped(&[1, 2, 3], 3, Step::Down), None);
        assert_eq!(stepped(&[1, 2, 3], 4, Step::Up), None);
        assert_eq!(stepped(&[], 4, Step::Down), None);
    }
}

//! Pages as this API tells them (section 5, R12).

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// How many pages there are.
    pub total_pages: i64,
    /// How many rows there are on all of them.
    pub total_elements: i64,
    /// Whether this is the first page.
    pub first: bool,
    /// Whether no page comes after it.
    pub last: bool,
    /// How many rows a page has.
    pub size: i64,
    /// The rows.
    pub content: Vec<T>,
    /// Which page this is, from 0.
    pub number: i64,
    /// In which order.
    pub sort: Sort,
    /// How many rows this page has.
    pub number_of_elements: usize,
    /// What was asked for.
    pub pageable: Pageable,
    /// Whether this page has no rows.
    pub empty: bool,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pageable {
    /// How many rows come before.
    pub offset: i64,
    /// In which order.
    pub sort: Sort,
    /// Which page, from 0.
    pub page_number: i64,
    /// How many rows a page has.
    pub page_size: i64,
    /// Always.
    pub paged: bool,
    /// Never.
    pub unpaged: bool,
}

/// Whether an order was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sort {
    /// No.
    pub empty: bool,
    /// Yes.
    pub sorted: bool,
    /// No.
    pub unsorted: bool,
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Its number, from 0.
    pub number: i64,
    /// How many rows a page has, at least 1.
    pub size: i64,
    /// Whether an order was asked for.
    pub sorted: bool,
}

impl Which {
    /// How many rows a page has when nobody says.
    pub const USUAL: i64 = 20;

    /// The page with these rows out of so many.
    #[must_use]
    pub fn of<T>(self, content: Vec<T>, total: i64) -> Page<T> {
        let Self { number, size, sorted } = self;
        let sort = Sort { empty: !sorted, sorted, unsorted: !sorted };
        let total_pages = total.max(0).div_euclid(size) + i64::from(total.max(0).rem_euclid(size) > 0);
        Page {
            total_pages,
            total_elements: total,
            first: number == 0,
            last: number + 1 >= total_pages,
            size,
            number,
            sort,
            number_of_elements: content.len(),
            pageable: Pageable {
                offset: number.saturating_mul(size),
                sort,
                page_number: number,
                page_size: size,
                paged: true,
                unpaged: false,
            },
            empty: content.is_empty(),
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn r12_no_rows() {
        let page = serde_json::to_value(Which { number: 0, size: 20, sorted: false }.of(Vec::<u8>::new(), 0)).unwrap();
        let sort = json!({"empty": true, "sorted": false, "unsorted": true});
        assert_eq!(
            page,
            json!({"totalPages": 0, "totalElements": 0, "first": true, "last": true, "size": 20, "content": [], "number": 0,
                "sort": sort, "numberOfElements": 0, "empty": true, "pageable": {"offset": 0, "sort": sort, "pageNumber": 0,
                "pageSize": 20, "paged": true, "unpaged": false}})
        );
    }

    proptest! {
        #[test]
        fn r12_page_identities(total in 0_i64..5_000, number in 0..=i64::from(i32::MAX), size in 1_i64..=1_000, sorted: bool) {
            let rows = (total - number.saturating_mul(size)).clamp(0, size);
            let page = Which { number, size, sorted }.of(vec![(); usize::try_from(rows).unwrap()], total);
            prop_assert_eq!(page.number_of_elements, page.content.len());
            prop_assert_eq!(page.total_pages, (page.total_elements + page.size - 1) / page.size);
            prop_assert_eq!(page.first, page.number == 0);
            prop_assert_eq!(page.last, page.number + 1 >= page.total_pages);
            prop_assert_eq!(page.empty, page.number_of_elements == 0);
            prop_assert_eq!(page.pageable.offset, page.pageable.page_number * page.pageable.page_size);
            prop_assert_eq!((page.pageable.page_number, page.pageable.page_size), (page.number, page.size));
            prop_assert!(page.sort.sorted != page.sort.unsorted && page.sort.empty == page.sort.unsorted);
            prop_assert_eq!(page.sort.sorted, sorted);
            prop_assert_eq!(page.pageable.sort, page.sort);
        }
    }
}

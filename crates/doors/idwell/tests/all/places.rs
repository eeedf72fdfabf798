//! Flats and buildings.

use world::db::sql;

use super::*;

world::tests! { crate::open =>
    async fn flats_and_their_building(w: Site) {
        let (org, flat) = (w.home.org, w.flats[0]);
        w.write(org, async move |w| {
            w.execute(sql!("UPDATE unit SET floor = '2', area = 6550 WHERE org_id = $1 AND id = $2", org, flat)).await
        }).await;
        let shown = w.fetch(&format!("/api/idwell/v1/flats/{flat}")).await.expect(200);
        let building = shown["building"].as_i64().unwrap();
        assert_eq!(shown, json!({"id": flat, "building": building, "name": "Top 1", "floor": "2", "area": 65.5, "landlords": [], "dwellers": []}));
        let house = w.fetch(&format!("/api/idwell/v1/buildings/{building}/")).await.expect(200);
        assert_eq!(house, json!({"id": building, "name": "Harbour View", "street": "1654 NE 18th Ave.", "zip": "97218",
            "city": "Portland", "country": "US", "flats_count": 4}));
        let of_house = w.fetch(&format!("/api/idwell/v1/flats/?building={building}")).await.expect(200);
        assert_eq!(of_house["count"], 4);
        assert_eq!(of_house["results"][3]["area"], Value::Null);
        let houses = w.fetch("/api/idwell/v1/buildings/").await.expect(200);
        assert_eq!((&houses["count"], &houses["results"][0]), (&json!(2), &house));
        assert_eq!(w.fetch("/api/idwell/v1/flats").await.expect(200)["count"], 4);
    }

    async fn the_size_of_a_unit_that_is_only_measured(w: Site) {
        let (org, flat) = (w.home.org, w.flats[1]);
        w.write(org, async move |w| {
            w.execute(sql!("UPDATE unit SET width_mm = 3048, length_mm = 3048 WHERE org_id = $1 AND id = $2", org, flat)).await
        }).await;
        assert_eq!(w.fetch(&format!("/api/idwell/v1/flats/{flat}/")).await.expect(200)["area"], 9.29);
    }

    async fn those_of_others_are_not_found(w: Site) {
        let foreign = w.write(w.other.org, async |w| w.one(sql!("SELECT min(id) FROM building WHERE org_id = $1", w.caller().org)).await).await;
        let foreign: i64 = foreign;
        for path in [format!("flats/{}", w.foreign_flat), format!("buildings/{foreign}"), "flats/x".to_owned(), "buildings/0".to_owned()] {
            assert_eq!(w.fetch(&format!("/api/idwell/v1/{path}/")).await.expect(404), json!({"detail": "Not found."}));
        }
        assert_eq!(w.fetch(&format!("/api/idwell/v1/flats/?building={foreign}")).await.expect(200)["count"], 0);
    }
}

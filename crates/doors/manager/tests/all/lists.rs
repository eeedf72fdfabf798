//! What is in the lists: shapes, filters, pages, and nobody else's things.

use kernel::{Draft, Field, PropertyId};
use serde_json::{Value, json};
use world::{World, db::sql};

use crate::*;

/// Whether keys stand in this order on the wire.
fn ordered(answer: &Answer, keys: &[&str]) -> bool {
    let text = answer.text();
    let places: Vec<_> = keys.iter().map(|k| text.find(&format!("\"{k}\":")).unwrap()).collect();
    places.is_sorted()
}

/// Makes many units, each with somebody who rents it.
async fn fill(w: &World, property: PropertyId, n: i64) {
    w.write(w.home.org, async move |t| {
        for i in 0..n {
            let building: i64 = t.one(sql!("SELECT id FROM building WHERE property_id = $1 ORDER BY id LIMIT 1", property)).await?;
            let unit: i64 = t
                .one(sql!(
                    "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
                    t.uid(), t.caller().org, property, building, format!("X{i:04}"), t.now()
                ))
                .await?;
            let person: i64 = t
                .one(sql!(
                    "INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at) \
                     VALUES ($1, $2, 'Many', 'People', $3, TRUE, $4, $4, $4) RETURNING id",
                    t.uid(), t.caller().org, format!("people {i}"), t.now()
                ))
                .await?;
            t.execute(sql!(
                "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, 'tenant', $6, $6, $6)",
                t.uid(), t.caller().org, person, property, unit, t.now()
            ))
            .await?;
        }
        Ok(())
    })
    .await;
}

world::tests! { crate::open =>
    async fn a_contact_is_whole(w: World) {
        let token = token(&w, w.home.org, None).await;
        let tenant = w.home.tenant;
        w.write(w.home.org, async move |t| {
            t.execute(sql!(
                "INSERT INTO phone_number (uid, org_id, person_id, raw, label, is_primary, created_at, updated_at) \
                 VALUES ($1, $2, $3, '+43 660 1234567', 'Mobile', FALSE, $4, $4)",
                t.uid(), t.caller().org, tenant, t.now()
            ))
            .await?;
            t.execute(sql!(
                "INSERT INTO address (uid, org_id, person_id, address1, city, state, postal, country, label, is_mailing, invalid_data, created_at, updated_at) \
                 VALUES ($1, $2, $3, 'Gasse 1', 'Graz', '', '8010', 'AT', 'Home', TRUE, FALSE, $4, $4)",
                t.uid(), t.caller().org, tenant, t.now()
            ))
            .await
            .map(drop)
        })
        .await;
        let answer = get(&w, &token, "/v2/contacts").await;
        let got = answer.expect(200);
        assert_eq!(got["_links"], json!({}));
        let contact = got["list"].as_array().unwrap().iter().find(|c| c["internalId"] == tenant.get()).unwrap();
        assert!(ordered(&answer, &[
            "id", "internalId", "firstName", "lastName", "companyName", "email", "telephone", "mobile", "street", "postalCode",
            "city", "country", "contracts", "customFields", "appLink",
        ]));
        let units = get(&w, &token, "/v2/units").await.expect(200);
        let unit = &units["list"][0];
        assert_eq!(contact, &json!({
            "id": format!("c-{tenant}"), "internalId": tenant.get(), "firstName": "Renty", "lastName": "McRenter",
            "companyName": null, "email": null, "telephone": "503-555-0100", "mobile": "+43 660 1234567",
            "street": "Gasse 1", "postalCode": "8010", "city": "Graz", "country": "AT",
            "contracts": [{
                "type": "RENTER", "propertyId": w.home.harbour.to_string(), "unitId": unit["id"],
                "startDate": "2021-01-01T00:00:00.000Z", "endDate": "2099-01-01T00:00:00.000Z",
            }],
            "customFields": {}, "appLink": format!("https://portico.example/desk/people/{tenant}"),
        }));
        assert_eq!(unit, &json!({
            "id": unit["id"], "internalId": unit["internalId"], "name": "1", "number": "1",
            "propertyId": w.home.harbour.to_string(), "address": "1654 NE 18th Ave., 97218 Portland",
        }));
        assert_eq!(unit["id"], unit["internalId"].to_string());
        // What the management calls somebody itself goes before what is made of the id.
        let keeper = w.home.property_manager.id;
        for (person, reference) in [(tenant, "K-4711"), (keeper, "M-1")] {
            w.write(w.home.org, async move |t| {
                t.execute(sql!(
                    "INSERT INTO person_reference (org_id, reference, person_id) VALUES ($1, $2, $3)",
                    t.caller().org, reference, person
                ))
                .await
                .map(drop)
            })
            .await;
        }
        let list = get(&w, &token, "/v2/contacts").await.expect(200);
        assert!(list["list"].as_array().unwrap().iter().any(|c| c["id"] == "K-4711" && c["internalId"] == tenant.get()));
        let place = get(&w, &token, &format!("/v2/properties/{}", w.home.harbour)).await.expect(200);
        assert_eq!(place["responsibilities"][0]["contactId"], "M-1");
    }

    async fn places_are_called_as_the_management_calls_them(w: World) {
        let token = token(&w, w.home.org, None).await;
        let (system, harbour) = (w.system(w.home.org), w.home.harbour);
        let called = |text: &str| Field::Given(Some(text.to_owned()));
        let input = app::property::Input { reference: called("H/1"), ..Default::default() };
        w.app.properties().update(&system, harbour, Draft::from(input)).await.unwrap();
        let desk = w.app.desk();
        let house = app::desk::BuildingInput {
            name: Field::Given("Back house".to_owned()),
            street: called("2 Yard Lane"),
            ..Default::default()
        };
        desk.make_building(&system, harbour, Draft::from(house)).await.unwrap();
        let request = kernel::PageRequest { after: None, limit: 1 };
        let houses = desk.property(&system, harbour, request).await.unwrap().buildings;
        let back = houses.iter().find(|b| b.name == "Back house").unwrap().id;
        let unit = app::desk::UnitInput {
            number: Field::Given("B1".to_owned()),
            building_id: Field::Given(back),
            reference: called("H-B1"),
            description: called("Garden flat"),
            ..Default::default()
        };
        let id = desk.make_unit(&system, harbour, Draft::from(unit)).await.unwrap();
        let units = get(&w, &token, "/v2/units").await.expect(200);
        let unit = units["list"].as_array().unwrap().iter().find(|u| u["internalId"] == id.get()).unwrap();
        assert_eq!(unit, &json!({
            "id": "H-B1", "internalId": id.get(), "name": "Garden flat", "number": "B1", "propertyId": "H/1",
            "address": "2 Yard Lane, 97218 Portland",
        }));
        let got = get(&w, &token, "/v2/properties/H%2F1").await.expect(200);
        assert_eq!((&got["id"], &got["number"], &got["internalId"]), (&json!("H/1"), &json!("H/1"), &json!(harbour.get())));
        let second = &got["addresses"][1];
        assert_eq!(second, &json!({"street": "2 Yard Lane", "units": ["H-B1"]}));
        assert!(got["addresses"][0]["units"].as_array().unwrap().iter().all(|u| u != "H-B1"));
        // A reference names a property by it alone, and goes before what only looks like an id.
        get(&w, &token, &format!("/v2/properties/{harbour}")).await.expect(404);
        let input = app::property::Input { reference: called(&w.home.garden.to_string()), ..Default::default() };
        w.app.properties().update(&system, harbour, Draft::from(input)).await.unwrap();
        let got = get(&w, &token, &format!("/v2/properties/{}", w.home.garden)).await.expect(200);
        assert_eq!(got["internalId"], harbour.get());
        let contacts = get(&w, &token, "/v2/contacts").await.expect(200);
        let contracts = contacts["list"].as_array().unwrap().iter().flat_map(|c| c["contracts"].as_array().unwrap());
        assert!(contracts.clone().count() > 0 && contracts.into_iter().all(|c| c["propertyId"] == w.home.garden.to_string()));
    }

    async fn a_property_is_whole(w: World) {
        let token = token(&w, w.home.org, None).await;
        let system = w.system(w.home.org);
        let card = app::contact_card::Input {
            kind: Field::Given(app::contact_card::Kind::External),
            name: Field::Given("Lift & Co".to_owned()),
            phone: Field::Given(Some("+43 1 234".to_owned())),
            responsibility: Field::Given(Some("Lift".to_owned())),
            ..Default::default()
        };
        let card = w.app.contact_cards().create(&system, w.home.harbour, Draft::from(card)).await.unwrap();
        let harbour = w.home.harbour;
        let answer = get(&w, &token, &format!("/v2/properties/{harbour}")).await;
        let got = answer.expect(200);
        let units = get(&w, &token, "/v2/units").await.expect(200);
        let keeper = &w.home.property_manager;
        assert_eq!(got, json!({
            "id": harbour.to_string(), "internalId": harbour.get(), "name": "Harbour View", "note": null, "country": "US",
            "city": "Portland", "postalCode": "97218", "number": harbour.to_string(), "mscNumber": null,
            "mscProviderName": null, "mscProviderIdentifier": null, "images": [],
            "addresses": [{"street": "1654 NE 18th Ave.", "units": all(&units, "id")}],
            "responsibilities": [
                {"contactId": format!("c-{}", keeper.id), "contactInternalId": keeper.id.get(), "contactName": "Pam Keeper",
                 "roleName": "Property manager", "roleType": "internal", "email": keeper.email, "telephone": "555-111-2222"},
                {"contactId": format!("card-{}", card), "contactInternalId": card.get(), "contactName": "Lift & Co",
                 "roleName": "Lift", "roleType": "external", "email": null, "telephone": "+43 1 234"},
            ],
            "customFields": {}, "appLink": format!("https://portico.example/desk/properties/{harbour}"),
        }));
        assert!(ordered(&answer, &[
            "id", "internalId", "name", "note", "country", "city", "postalCode", "number", "mscNumber", "mscProviderName",
            "mscProviderIdentifier", "images", "addresses", "responsibilities", "customFields", "appLink",
        ]));
        let list = get(&w, &token, "/v2/properties").await.expect(200);
        assert_eq!(all(&list, "id"), [harbour.to_string(), w.home.garden.to_string()]);
        assert_eq!(list["list"][0], got);
        for wrong in ["0", "-1", "x", "99999", "01", "9999999999999999999999", "%00", "%FF", &w.other.harbour.to_string()] {
            assert_eq!(get(&w, &token, &format!("/v2/properties/{wrong}")).await.expect(404)["error"], "not_found", "{wrong}");
        }
    }

    async fn a_key_shows_its_own_organization_alone(w: World) {
        let (home, other) = (token(&w, w.home.org, None).await, token(&w, w.other.org, None).await);
        for path in ["/v2/contacts", "/v2/units", "/v2/properties"] {
            let (a, b) = (get(&w, &home, path).await.expect(200), get(&w, &other, path).await.expect(200));
            let (a, b) = (all(&a, "internalId"), all(&b, "internalId"));
            assert!(!a.is_empty() && a.len() == b.len() && a.iter().all(|id| !b.contains(id)), "{path}");
        }
        // The staff is not among the contacts, whoever lives there is.
        let contacts = all(&get(&w, &home, "/v2/contacts").await.expect(200), "internalId");
        let p = &w.home;
        for (id, there) in [(p.tenant, true), (p.owner.id, true), (p.newcomer, true), (p.admin.id, false)] {
            assert_eq!(contacts.contains(&json!(id.get())), there, "{id}");
        }
    }

    async fn a_limited_key_shows_its_properties_alone(w: World) {
        let garden = token(&w, w.home.org, Some(vec![w.home.garden])).await;
        let harbour = token(&w, w.home.org, Some(vec![w.home.harbour])).await;
        let ids = async |token: &str, path: &str| all(&get(&w, token, path).await.expect(200), "internalId");
        assert_eq!(ids(&garden, "/v2/contacts").await, [] as [Value; 0]);
        assert_eq!(ids(&garden, "/v2/units").await, [] as [Value; 0]);
        assert_eq!(ids(&garden, "/v2/properties").await, [json!(w.home.garden.get())]);
        let p = &w.home;
        assert_eq!(ids(&harbour, "/v2/contacts").await, [json!(p.tenant.get()), json!(p.tenant_with_login.id.get()), json!(p.owner.id.get())].map(|v| v));
        assert_eq!(ids(&harbour, "/v2/contacts?role=OWNER").await, [json!(p.owner.id.get())]);
        get(&w, &harbour, &format!("/v2/properties/{}", p.harbour)).await.expect(200);
        get(&w, &harbour, &format!("/v2/properties/{}", p.garden)).await.expect(404);
        // A contract elsewhere stays unseen.
        let (tenant, place) = (p.tenant, p.garden);
        w.write(p.org, async move |t| {
            t.execute(sql!(
                "INSERT INTO tenancy (uid, org_id, person_id, property_id, role, created_at, updated_at) VALUES ($1, $2, $3, $4, 'owner', $5, $5)",
                t.uid(), t.caller().org, tenant, place, t.now()
            ))
            .await
            .map(drop)
        })
        .await;
        let seen = get(&w, &harbour, "/v2/contacts").await.expect(200);
        assert_eq!(seen["list"][0]["contracts"].as_array().unwrap().len(), 1);
        assert_eq!(ids(&harbour, "/v2/contacts?role=OWNER").await, [json!(p.owner.id.get())]);
        assert_eq!(ids(&garden, "/v2/contacts?role=OWNER").await, [json!(tenant.get())]);
    }

    async fn filters_say_what_they_show(w: World) {
        let token = token(&w, w.home.org, None).await;
        let p = &w.home;
        let ids = async |query: &str| all(&get(&w, &token, &format!("/v2/contacts?{query}")).await.expect(200), "internalId");
        let some = |ids: &[kernel::PersonId]| ids.iter().map(|id| json!(id.get())).collect::<Vec<_>>();
        assert_eq!(ids("role=RENTER").await, some(&[p.tenant, p.tenant_with_login.id]));
        assert_eq!(ids("isRegistered=true").await, some(&[p.tenant_with_login.id, p.owner.id]));
        assert_eq!(ids("isRegistered=false").await, some(&[p.tenant, p.newcomer]));
        assert_eq!(ids("isRegistered=false&role=RENTER&unknown=1").await, some(&[p.tenant]));
        assert_eq!(ids("isInvited=true").await, some(&[]));
        let unit = all(&get(&w, &token, "/v2/units").await.expect(200), "internalId")[0].as_i64().unwrap();
        let invite = app::invite::Input {
            unit_id: Field::Given(unit.into()),
            person_id: Some(p.tenant),
            email: Field::Given("renty@home.example".to_owned()),
            ..Default::default()
        };
        w.clock.advance(10);
        w.app.invites().create(&w.system(p.org), Draft::from(invite)).await.unwrap();
        assert_eq!(ids("isInvited=true").await, some(&[p.tenant]));
        assert!(!ids("isInvited=false").await.contains(&json!(p.tenant.get())));
        assert_eq!(ids("modifiedAfter=2030-01-01T00:00:00Z").await, some(&[]));
        assert_eq!(ids("modifiedAfter=2020-01-01T00:00:00%2B01:00").await.len(), 4);
        for wrong in ["isRegistered=1", "isInvited=", "role=owner", "modifiedAfter=yesterday", "page=0", "page=1&page=2"] {
            let told = get(&w, &token, &format!("/v2/contacts?{wrong}")).await.expect(400);
            assert_eq!(told["error"], "validation_failed");
            assert!(told["fields"].get(wrong.split_once('=').unwrap().0).is_some(), "{told}");
        }
        w.clock.advance(30 * 24 * 3600);
        let later = crate::token(&w, p.org, None).await;
        let open = get(&w, &later, "/v2/contacts?isInvited=true").await.expect(200);
        assert_eq!(open["list"], json!([]), "an invitation that has run out is none");
        let told = get(&w, &later, "/v2/units?page=x&includeInactiveContracts=x&isInvited=x").await.expect(400);
        assert_eq!(told["message"], "2 parameters are invalid");
    }

    async fn units_without_a_living_contract_are_asked_for(w: World) {
        let token = token(&w, w.home.org, None).await;
        let count = async |query: &str| all(&get(&w, &token, &format!("/v2/units{query}")).await.expect(200), "id").len();
        assert_eq!((count("").await, count("?includeInactiveContracts=true").await), (1, 1));
        let lease = w.home.lease;
        w.clock.advance(100);
        w.write(w.home.org, async move |t| {
            t.execute(sql!("UPDATE tenancy SET moved_out_at = $3 WHERE org_id = $1 AND id = $2", t.caller().org, lease, t.now())).await.map(drop)
        })
        .await;
        assert_eq!((count("").await, count("?includeInactiveContracts=true").await), (0, 1));
        assert_eq!(count("?includeInactiveContracts=true&modifiedAfter=2026-11-21T16:28:41Z").await, 0);
    }

    async fn a_property_is_modified_with_its_units(w: World) {
        let token = token(&w, w.home.org, None).await;
        let after = async || {
            let got = get(&w, &token, "/v2/properties?modifiedAfter=2026-11-21T16:28:41Z").await.expect(200);
            all(&got, "internalId")
        };
        assert!(after().await.is_empty());
        w.clock.advance(60);
        fill(&w, w.home.garden, 1).await;
        assert_eq!(after().await, [json!(w.home.garden.get())]);
    }

    async fn pages_have_a_hundred_rows_and_cost_the_same(w: World) {
        let token = token(&w, w.home.org, None).await;
        let few = get(&w, &token, "/v2/contacts").await.queries;
        let place = get(&w, &token, "/v2/properties").await.queries;
        fill(&w, w.home.garden, 249).await;
        for (path, total, cost) in [("/v2/contacts?modifiedAfter=2020-01-01T00%3A00%3A00Z&role=RENTER", 251, Some(few)), ("/v2/units", 250, None)] {
            let mut at = path.to_owned();
            let (mut seen, mut pages, mut last) = (Vec::new(), Vec::new(), None);
            loop {
                let answer = get(&w, &token, &at).await;
                let got = answer.expect(200);
                let ids = all(&got, "internalId");
                pages.push(ids.len());
                seen.extend(ids);
                if let Some(cost) = cost {
                    assert_eq!(answer.queries, cost, "{at}");
                }
                assert!(last.is_none_or(|n| n == answer.queries), "{at}");
                last = Some(answer.queries);
                let Some(next) = got["_links"].get("next") else { break };
                let next = next.as_str().unwrap();
                at = next.strip_prefix("https://portico.example").unwrap().to_owned();
                if cost.is_some() {
                    assert!(at.contains("role=RENTER") && at.contains("modifiedAfter=2020-01-01T00%3A00%3A00Z"), "{at}");
                }
            }
            assert_eq!(pages, [100, 100, total - 200], "{path}");
            assert!(seen.windows(2).all(|two| two[0].as_i64() < two[1].as_i64()), "each once, by id");
        }
        let beyond = get(&w, &token, "/v2/contacts?page=99999999999999999999").await.expect(200);
        assert_eq!(beyond, json!({"list": [], "_links": {}}));
        let full = get(&w, &token, "/v2/contacts?page=3&role=RENTER").await.expect(200);
        assert_eq!(full["_links"], json!({}));
        let answer = get(&w, &token, "/v2/properties").await;
        assert_eq!(answer.queries, place);
        assert_eq!(answer.expect(200)["list"][1]["addresses"][0]["units"].as_array().unwrap().len(), 249);
    }
}

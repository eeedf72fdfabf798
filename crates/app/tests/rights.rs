//! Who may do what, whole: the matrix as a file to be read and reviewed.

use std::fmt::Write as _;

use app::access::{Resource, may};
use kernel::{
    Action, Actor, Assigned, Caller, ClientId, Door, Home, Instant, Living, OrgId, PersonId, Principal, PropertyId,
    Role, Scope, SessionId, TenancyId, UnitId,
};

/// A property that the property manager is assigned to, and another one.
const MINE: PropertyId = PropertyId::new(1);
const OTHER: PropertyId = PropertyId::new(2);

fn actor(door: Door, role: Option<Role>) -> Actor {
    let principal = Principal::Person { person: PersonId::new(1), session: SessionId::new(1) };
    let caller = Caller { org: OrgId::new(1), principal, door, at: Instant::from_secs(0), only: None };
    Actor::new(caller, role, vec![MINE])
}

fn program(scope: Scope, assigned: Assigned) -> Actor {
    let principal = Principal::Client(ClientId::new(1));
    let caller = Caller { org: OrgId::new(1), principal, door: Door::Storedge, at: Instant::from_secs(0), only: None };
    Actor::program(caller, vec![scope], assigned)
}

fn system() -> Actor {
    Actor::new(Caller::system(OrgId::new(1), Instant::from_secs(0)), Some(Role::Admin), Vec::new())
}

/// Somebody who lives in unit 1 of the property.
fn lives(as_what: Living, unit_admin: bool) -> Actor {
    let principal = Principal::Person { person: PersonId::new(1), session: SessionId::new(1) };
    let caller = Caller { org: OrgId::new(1), principal, door: Door::Casavi, at: Instant::from_secs(0), only: None };
    let home = Home {
        tenancy: TenancyId::new(1),
        property: MINE,
        unit: Some(UnitId::new(1)),
        building: None,
        living: as_what,
        unit_admin,
        resides: as_what != Living::Owner,
    };
    Actor::resident(caller, vec![home])
}

/// An owner who lives in the unit.
fn at_home() -> Actor {
    let owner = lives(Living::Owner, true);
    Actor::resident(*owner, owner.homes().iter().map(|h| Home { resides: true, ..*h }).collect())
}

#[test]
fn the_matrix_of_residents() {
    let resources = [
        ("organization", Resource::Organization),
        ("own property", Resource::Of(Some(MINE))),
        ("other property", Resource::Of(Some(OTHER))),
        ("own unit", Resource::Unit(MINE, UnitId::new(1))),
        ("other unit", Resource::Unit(MINE, UnitId::new(2))),
        ("no property", Resource::Of(None)),
    ];
    let actors = [
        ("owner", lives(Living::Owner, true)),
        ("tenant", lives(Living::Tenant, true)),
        ("no admin", lives(Living::Tenant, false)),
        ("member", lives(Living::Member, false)),
        ("admin", lives(Living::Member, true)),
        ("guest", lives(Living::Guest, true)),
        ("gone", Actor::resident(*lives(Living::Tenant, true), Vec::new())),
        ("at home", at_home()),
        ("link", Actor::of_unit(*lives(Living::Tenant, true), MINE, UnitId::new(1))),
    ];
    let mut table = format!("{:<42}", "");
    for (name, _) in &actors {
        let _ = write!(table, "{name:<11}");
    }
    table.truncate(table.trim_end().len());
    table.push('\n');
    for action in Action::ALL {
        for (name, resource) in resources {
            let answers: Vec<bool> = actors.iter().map(|(_, a)| may(a, action, resource)).collect();
            // Most of the matrix is closed to residents: only what is open to one of them is shown.
            if answers.contains(&true) {
                let _ = write!(table, "{:<42}", format!("{action:?} · {name}"));
                for yes in answers {
                    let _ = write!(table, "{:<11}", if yes { "yes" } else { "-" });
                }
                table.truncate(table.trim_end().len());
                table.push('\n');
            }
        }
    }
    insta::assert_snapshot!("matrix_of_residents", table);
}

#[test]
fn the_matrix() {
    let resources = [
        ("organization", Resource::Organization),
        ("own property", Resource::Of(Some(MINE))),
        ("other property", Resource::Of(Some(OTHER))),
        ("no property", Resource::Of(None)),
    ];
    let mut table = String::new();
    let people = |door| {
        vec![
            ("system", system()),
            ("admin", actor(door, Some(Role::Admin))),
            ("manager", actor(door, Some(Role::Manager))),
            ("staff", actor(door, Some(Role::Staff))),
            ("prop. mgr", actor(door, Some(Role::PropertyManager))),
            ("none", actor(door, None)),
        ]
    };
    let mine = || Assigned::These(vec![MINE]);
    let programs = vec![
        ("read", program(Scope::Read, mine())),
        ("write", program(Scope::Write, mine())),
        ("m:read", program(Scope::MoneyRead, mine())),
        ("m:write", program(Scope::MoneyWrite, mine())),
        ("wifi", program(Scope::Wifi, mine())),
        ("read, all", program(Scope::Read, Assigned::All)),
    ];
    let tables =
        [("at Pages", people(Door::Pages)), ("at Dwellingly", people(Door::Dwellingly)), ("programs", programs)];
    for (title, actors) in tables {
        let _ = write!(table, "{title:<42}");
        for (name, _) in &actors {
            let _ = write!(table, "{name:<11}");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
        for action in Action::ALL {
            for (name, resource) in resources {
                let _ = write!(table, "{:<42}", format!("{action:?} · {name}"));
                for (_, actor) in &actors {
                    let _ = write!(table, "{:<11}", if may(actor, action, resource) { "yes" } else { "-" });
                }
                table.truncate(table.trim_end().len());
                table.push('\n');
            }
        }
        table.push('\n');
    }
    insta::assert_snapshot!("matrix", table);
}

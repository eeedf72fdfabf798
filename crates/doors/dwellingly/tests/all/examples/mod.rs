//! Every example of the reference, asked of the real server in the state that it needs.

mod capture;
mod compare;
mod people;
mod things;

/// What the names of the examples begin with; each has one test below.
const GROUPS: [&str; 11] =
    ["sign-in", "token", "register", "user", "reset", "property", "tenant", "lease", "contact", "ticket", "other"];

#[test]
fn every_example_belongs_to_a_group() {
    for example in crate::examples() {
        let name = example["name"].as_str().expect("a name");
        let group = name.split(':').next().unwrap_or_default();
        assert!(GROUPS.contains(&group), "{name}");
    }
}

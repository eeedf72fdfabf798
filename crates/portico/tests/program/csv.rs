//! Lists that come in and go out on the command line, as scripts see them.

use std::process::Output;

use super::support::{Site, sites};

const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Site {
    /// Writes a list and sends it in.
    fn import(&self, kind: &str, list: &[u8], more: &[&str]) -> Output {
        std::fs::write(self.dir.join("list.csv"), list).unwrap();
        self.output(&[&["import", kind, "list.csv"][..], more].concat())
    }

    /// A list as it is written: the bytes, and its rows.
    fn export(&self, kind: &str) -> (Vec<u8>, Vec<String>) {
        let out = self.output(&["export", kind]);
        assert!(out.status.success(), "{}", text(&out.stderr));
        let rows = text(&out.stdout).trim_start_matches('\u{FEFF}').lines().map(str::to_owned).collect();
        (out.stdout, rows)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn lists_are_checked_taken_and_written() {
    for site in sites("csv").await {
        site.found();
        site.run(&["generate", "--units", "3"]);
        let (bytes, rows) = site.export("units");
        assert!(bytes.starts_with(MARK), "spreadsheets read it rightly");
        assert_eq!(rows[0], "property,number,floor,description,price,area,reference");
        let house = rows[1].split(',').next().unwrap().to_owned();

        // A look at it writes nothing; every bad row is told on standard error, with its line, and the rest is counted.
        let list = format!("property,number,description\n{house},Z1,Attic\nNowhere,Z2,x\n{house},,x\n");
        let dry = site.import("units", list.as_bytes(), &["--dry-run"]);
        let told = text(&dry.stderr);
        let lines: Vec<&str> = told.lines().filter(|l| l.starts_with("line ") || l.contains(" rows ")).collect();
        assert_eq!(dry.status.code(), Some(1), "{told}");
        assert_eq!(text(&dry.stdout), "1 would be new, 0 would be changed, 0 are so already.\n");
        assert!(lines.len() == 3, "{told}");
        assert!(lines[0].starts_with("line 3: property \"Nowhere\" "), "{told}");
        assert!(lines[1].starts_with("line 4: number "), "{told}");
        assert!(lines[2].contains("2 of 3 rows cannot be taken."), "{told}");
        assert!(!site.export("units").1.iter().any(|row| row.contains("Z1")), "nothing was written");

        // Good rows are taken also where others are bad; sent again, they are so already.
        let taken = site.import("units", list.as_bytes(), &[]);
        assert_eq!(taken.status.code(), Some(1));
        assert!(text(&taken.stderr).contains("2 of 3 rows were not taken."));
        assert!(site.export("units").1.iter().any(|row| row.contains("Z1,,Attic")));
        let good = format!("property,number,description\n{house},Z1,Attic\n");
        let again = site.import("units", &[MARK, good.as_bytes()].concat(), &[]);
        assert!(again.status.success(), "with its mark as without: {}", text(&again.stderr));
        assert!(text(&again.stdout).starts_with("0 are new, 0 are changed, 1 are so"), "{}", text(&again.stdout));

        // What is no such list, and wrong usage.
        for (list, why) in [
            (&b"property,floor\nA,1\n"[..], "The file has no column for: number."),
            (b"property,number\n", "The file has no rows."),
        ] {
            let out = site.import("units", list, &["--dry-run"]);
            assert_eq!(out.status.code(), Some(1));
            assert!(text(&out.stderr).contains(why) && out.stdout.is_empty(), "{}", text(&out.stderr));
        }
        assert_eq!(site.output(&["import", "units", "missing.csv"]).status.code(), Some(1));
        for wrong in [&["import", "units"][..], &["import", "pets", "list.csv"], &["export"], &["export", "pets"]] {
            assert_eq!(site.output(wrong).status.code(), Some(2), "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn no_cell_that_is_written_is_a_formula() {
    for site in sites("formulas").await {
        site.found();
        site.run(&["generate", "--units", "1"]);
        let house = site.export("units").1[1].split(',').next().unwrap().to_owned();
        // A tab and a carriage return at the beginning come in only behind the apostrophe of an export.
        let cells = ["=1+1", "+49", "-x", "@sum", "'\tx", "'\rx"];
        let rows = cells.iter().enumerate().map(|(n, cell)| format!("{house},F{n},\"{cell}\"\n"));
        let list = format!("property,number,description\n{}", rows.collect::<String>());
        let taken = site.import("units", list.as_bytes(), &[]);
        assert!(taken.status.success(), "{}", text(&taken.stderr));
        let (bytes, _) = site.export("units");
        let out = text(&bytes);
        for protected in ["'=1+1", "'+49", "'-x", "'@sum", "'\tx", "'\rx"] {
            assert!(out.contains(protected), "{protected:?} in {out}");
        }
        let again = site.import("units", &bytes, &[]);
        assert!(
            text(&again.stdout).contains("0 are new, 0 are changed"),
            "it comes in as it was: {}",
            text(&again.stdout)
        );
    }
}

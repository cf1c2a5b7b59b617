//! The rule files that are part of the binary.

macro_rules! embedded {
    ($($name:ident)*) => {
        /// Their names and texts.
        pub(super) const FILES: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("rules/", stringify!($name), ".toml"))),)*
        ];
    };
}

embedded! {
    anitya announce ansible askbot autocloud bodhi bugzilla buildsys ci compose copr datanommer
    faf fas fedbadges fedimg fedocal fedora_elections fedoracollege fedoratagger fmn general git
    github greenwave hotness infragit irc jenkins kerneltest koschei logger mailman mbs mdapi
    meetbot mirrormanager nagios nuancier odcs openqa pagure pdc pkgdb planet pungi rats releng scm
    summershum taskotron trac waiverdb wiki zanata
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_file_of_the_directory_is_embedded() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/meta/rules");
        let there: BTreeSet<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let embedded = super::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, embedded);
    }
}

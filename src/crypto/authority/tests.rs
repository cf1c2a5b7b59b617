//! An authority through the days.

use openssl::x509::CrlNumber;
use tempfile::TempDir;

use super::build::{CLOCK_SKEW, DAY};
use super::*;

const NOW: i64 = 1_800_000_000;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn options(days: u16) -> Options {
    Options { days, ..Options::default() }
}

/// An authority for 100 days, and a certificate for each of `issue`.
fn authority(issue: &[&str], days: u16) -> (TempDir, Authority) {
    let dir = TempDir::new().unwrap();
    let authority = Authority::create(dir.path(), "Test CA", &options(100), NOW).unwrap();
    let issued = authority.issue(&names(issue), &options(days), NOW);
    issued.unwrap();
    (dir, authority)
}

fn crl_number(authority: &Authority) -> String {
    let number = authority.crl().unwrap().extension::<CrlNumber>().unwrap();
    number.unwrap().1.to_bn().unwrap().to_string()
}

#[test]
fn states_follow_the_clock() {
    let (_dir, authority) = authority(&["a"], 60);
    let cases = [
        (-1, State::NotYetValid, State::NotYetValid, State::NotYetValid),
        (0, State::Valid, State::Valid, State::Valid),
        (25, State::Valid, State::ExpiresSoon, State::Valid),
        (31, State::Valid, State::Expired, State::ExpiresSoon),
        (61, State::Valid, State::Expired, State::Expired),
        (71, State::ExpiresSoon, State::Expired, State::Expired),
        (100, State::Expired, State::Expired, State::Expired),
    ];
    for (days, ca, crl, leaf) in cases {
        let found = authority.list(NOW + days * DAY).unwrap();
        let states = (found.ca.state, found.crl.state, found.certificates[0].state);
        assert_eq!(states, (ca, crl, leaf), "after {days} days");
    }
}

#[test]
fn dates_are_those_asked_for() {
    let (_dir, authority) = authority(&["short"], 60);
    authority.issue(&names(&["long"]), &options(825), NOW).unwrap();
    let found = authority.list(NOW).unwrap();
    let [long, short] = &found.certificates[..] else { unreachable!("two were issued: {found:?}") };
    assert_eq!(short.not_before, Some(NOW - CLOCK_SKEW));
    assert_eq!(short.expires, Some(NOW + 60 * DAY));
    assert_eq!(long.expires, found.ca.expires, "not beyond its authority");
    assert_eq!(short.days_left(NOW + 1), Some(59));
    assert_eq!(short.days_left(NOW + 60 * DAY + 1), Some(-1));
}

#[test]
fn an_expired_authority_issues_nothing() {
    let (dir, authority) = authority(&[], 60);
    let issued = authority.issue(&names(&["a"]), &options(60), NOW + 100 * DAY);
    assert_eq!(issued.unwrap_err().kind(), Kind::Config);
    assert!(!dir.path().join("a.key").exists());
}

#[test]
fn the_next_list_keeps_entries_and_period_and_counts_on() {
    let (_dir, authority) = authority(&["a", "b"], 60);
    authority.renew_crl(Some(90), false, NOW).unwrap();
    let serials = authority.revoke(&names(&["a", "a"]), &[], NOW + DAY).unwrap();
    authority.revoke(&names(&["a"]), &[], NOW + 2 * DAY).unwrap();
    assert_eq!(crl_number(&authority), "3", "nothing new, no new list");
    authority.renew_crl(None, false, NOW + 3 * DAY).unwrap();
    assert_eq!(crl_number(&authority), "4");
    let found = authority.list(NOW + 3 * DAY).unwrap();
    assert_eq!(found.crl.expires, Some(NOW + 93 * DAY));
    let states: Vec<_> = found.certificates.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Revoked, State::Valid]);
    assert_eq!(found.certificates[0].revoked, Some(NOW + DAY));
    assert_eq!(found.certificates[0].serial.as_ref(), serials.first());
    assert_eq!(authority.crl().unwrap().get_revoked().unwrap().len(), 1);
}

#[test]
fn revocations_at_the_same_time_are_all_kept() {
    let (dir, _) = authority(&[], 60);
    std::thread::scope(|scope| {
        for serial in 10..30 {
            let authority = Authority::open(dir.path()).unwrap();
            scope.spawn(move || {
                let serial = format!("{serial}");
                authority.revoke(&[], &[serial], NOW).unwrap();
            });
        }
    });
    let found = Authority::open(dir.path()).unwrap().list(NOW).unwrap();
    assert_eq!(found.certificates.len(), 20);
}

#[test]
fn a_lost_list_is_not_replaced_unasked() {
    let (dir, authority) = authority(&["a"], 60);
    fs::remove_file(dir.path().join("crl.pem")).unwrap();
    assert_eq!(authority.list(NOW).unwrap().crl.state, State::Missing);
    let revoked = authority.revoke(&names(&["a"]), &[], NOW);
    assert_eq!(revoked.unwrap_err().kind(), Kind::NoInput);
    assert!(authority.renew_crl(None, false, NOW).is_err());
    authority.renew_crl(None, true, NOW).unwrap();
    assert_eq!(authority.list(NOW).unwrap().crl.state, State::Valid);
}

#[test]
fn serial_numbers_have_one_spelling() {
    for text in ["0x0A:bc", "abc", "0ABC"] {
        assert_eq!(parse_serial(text).unwrap(), "0ABC", "{text}");
    }
    for text in ["", "0x", "xyz", "-1", &"1".repeat(41)] {
        assert!(parse_serial(text).is_err(), "{text}");
    }
}

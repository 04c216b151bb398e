use super::*;
use std::{fs, os::unix::fs::OpenOptionsExt};
use tempfile::TempDir;

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_700_000_000_000)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

fn files(folder: &TempDir) -> KeyFiles {
    KeyFiles { keys: folder.path().join("keys.json"), known: folder.path().join("known.json"), replace }
}

fn open(folder: &TempDir) -> MasterKeys {
    MasterKeys::open(files(folder)).unwrap()
}

#[test]
fn a_key_is_made_at_the_first_need_and_read_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(&folder);
    assert!(!keys.is_ready() && !files(&folder).keys.exists());
    let sealed = keys.seal(b"secret", b"for a test", now()).unwrap();
    assert!(keys.is_ready());
    let text: SealedSecret = sealed.to_string().parse().unwrap();
    assert_eq!(text, sealed);
    let again = open(&folder);
    assert_eq!(&again.open_secret(&text, b"for a test").unwrap()[..], b"secret");
    assert!(matches!(again.open_secret(&text, b"for another"), Err(KeyError::Damaged)));
    let file = fs::read_to_string(files(&folder).keys).unwrap();
    assert!(!file.contains("secret") && !fs::read_to_string(files(&folder).known).unwrap().contains("key\":"));
}

#[test]
fn what_an_old_key_sealed_is_read_until_it_is_retired() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(&folder);
    let (data_key, sealed) = keys.new_data_key(now()).unwrap();
    let old = keys.keyring().active().unwrap();
    let new = keys.rotate(now()).unwrap();
    assert_ne!(old, new);
    assert_eq!(keys.open_data_key(&sealed).unwrap().bytes, data_key.bytes);
    let resealed = keys.keyring().reseal(&sealed).unwrap();
    assert_eq!((resealed.id, resealed.master), (sealed.id, new));
    assert!(matches!(keys.retire(new, 0), Err(KeyError::Active(id)) if id == new));
    assert!(matches!(keys.retire(old, 2), Err(KeyError::InUse(id, 2)) if id == old));
    keys.open_data_key(&sealed).unwrap();
    keys.retire(old, 0).unwrap();
    for keys in [keys, open(&folder)] {
        assert!(matches!(keys.open_data_key(&sealed), Err(KeyError::Missing(id)) if id == old));
        assert_eq!(keys.open_data_key(&resealed).unwrap().bytes, data_key.bytes);
        assert_eq!(keys.missing(), []);
        assert!(matches!(keys.retire(old, 0), Err(KeyError::Missing(_))));
    }
}

/// The writes of both files that succeed before the disk fails; the tests that set it run on threads of their own.
mod failing_disk {
    use std::{cell::Cell, io, path::Path};

    thread_local!(pub(super) static WRITES: Cell<usize> = const { Cell::new(usize::MAX) });

    pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
        match WRITES.get() {
            0 => Err(io::Error::other("the disk failed")),
            left => {
                WRITES.set(left - 1);
                super::replace(path, text)
            }
        }
    }
}

#[test]
fn a_failure_at_any_write_loses_no_key_that_is_needed_and_the_step_can_be_made_again() {
    for writes in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let on_disk = || MasterKeys::open(KeyFiles { replace: failing_disk::replace, ..files(&folder) }).unwrap();
        let keys = on_disk();
        let (_, sealed) = keys.new_data_key(now()).unwrap();
        failing_disk::WRITES.set(writes);
        assert!(keys.rotate(now()).is_err(), "{writes}");
        failing_disk::WRITES.set(usize::MAX);
        assert_eq!(keys.keyring().active(), Some(sealed.master), "{writes}: what is in memory is as before");
        // As after a crash at that place.
        let keys = on_disk();
        assert_eq!(keys.missing(), [], "{writes}");
        keys.open_data_key(&sealed).unwrap();
        let new = keys.rotate(now()).unwrap();
        let resealed = keys.keyring().reseal(&sealed).unwrap();
        failing_disk::WRITES.set(writes);
        assert!(keys.retire(sealed.master, 0).is_err(), "{writes}");
        failing_disk::WRITES.set(usize::MAX);
        let keys = on_disk();
        assert_eq!((keys.missing(), keys.keyring().active()), (vec![], Some(new)), "{writes}");
        keys.open_data_key(&resealed).unwrap();
        keys.retire(sealed.master, 0).unwrap();
        assert!(!on_disk().keyring().contains(sealed.master));
    }
}

#[test]
fn a_key_shows_until_when_it_was_active() {
    let keys = MasterKeys::in_memory(now()).unwrap();
    keys.rotate(now().plus_ms(5)).unwrap();
    keys.rotate(now().plus_ms(9)).unwrap();
    let shown = keys.keyring().overview();
    let times: Vec<_> = shown.iter().map(|key| (key.created, key.superseded, key.is_active)).collect();
    let at = |ms| now().plus_ms(ms);
    assert_eq!(times, [(at(0), Some(at(5)), false), (at(5), Some(at(9)), false), (at(9), None, true)]);
}

#[test]
fn no_key_is_made_in_place_of_one_that_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (_, sealed) = open(&folder).new_data_key(now()).unwrap();
    let (path, beside) = (files(&folder).keys, folder.path().join("elsewhere"));
    fs::rename(&path, &beside).unwrap();
    let keys = open(&folder);
    assert_eq!(keys.missing(), [sealed.master]);
    assert!(matches!(keys.new_data_key(now()), Err(KeyError::Missing(id)) if id == sealed.master));
    assert!(matches!(keys.rotate(now()), Err(KeyError::Missing(_))));
    assert!(matches!(keys.open_data_key(&sealed), Err(KeyError::Missing(_))));
    assert!(!path.exists());
    fs::rename(&beside, &path).unwrap();
    open(&folder).open_data_key(&sealed).unwrap();
}

#[test]
fn a_key_that_was_added_to_the_file_is_not_overwritten() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = open(&folder);
    keys.sealing(now()).unwrap();
    open(&other).sealing(now()).unwrap();
    fs::copy(files(&other).keys, files(&folder).keys).unwrap();
    let before = fs::read(files(&folder).keys).unwrap();
    assert!(matches!(keys.rotate(now()), Err(KeyError::Malformed { .. })));
    assert_eq!(fs::read(files(&folder).keys).unwrap(), before);
}

#[test]
fn a_file_that_cannot_be_written_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let files = KeyFiles { replace: |_, _| Err(io::Error::other("full")), ..files(&folder) };
    let keys = MasterKeys::open(files).unwrap();
    assert!(matches!(keys.sealing(now()), Err(KeyError::File { .. })));
    assert!(!keys.is_ready());
}

#[test]
fn a_malformed_key_file_is_named_and_no_key_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).sealing(now()).unwrap();
    let good = fs::read_to_string(files(&folder).keys).unwrap();
    let key = good.split('"').find(|part| part.len() == 44).unwrap().to_owned();
    let entry = good.split_once('[').unwrap().1.rsplit_once(']').unwrap().0.to_owned();
    let check = |text: &str, expected: &str| {
        fs::write(files(&folder).keys, text).unwrap();
        let error = MasterKeys::open(files(&folder)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(&key), "{error}");
    };
    check("", "not the expected form");
    check("{}", "not the expected form");
    check(&good.replace("\"created\"", "\"made\""), "not the expected form");
    check(&good.replace("\"version\": 1", "\"version\": 2"), "version 2");
    check(r#"{"version": 1, "keys": []}"#, "0 keys");
    check(&good.replace(&key, &key[..40]), "not 32 bytes");
    check(&good.replace("\"id\": \"", "\"id\": \"x"), "the id of key 1");
    check(&format!(r#"{{"version": 1, "keys": [{entry},{entry}]}}"#), "two keys");
    check(&format!("{good}{}", " ".repeat(1 << 20)), "longer than");
    fs::write(files(&folder).keys, &good).unwrap();
    fs::write(files(&folder).known, r#"{"keys":["no"]}"#).unwrap();
    assert!(matches!(MasterKeys::open(files(&folder)), Err(KeyError::Malformed { .. })));
}

#[test]
fn sealed_texts_of_other_forms_are_refused() {
    let keys = MasterKeys::in_memory(now()).unwrap();
    let good = keys.seal(b"secret", b"", now()).unwrap().to_string();
    for text in ["", "sealed-1", "sealed-1:", "sealed-2:0123456789abcdef:AAAA", "sealed-1:xyz:AAAA", &good[..60]] {
        assert!(matches!(text.parse::<SealedSecret>(), Err(KeyError::UnknownForm)), "{text}");
    }
    let long = format!("sealed-1:0123456789abcdef:{}", "A".repeat(1 << 20));
    assert!(matches!(long.parse::<SealedSecret>(), Err(KeyError::UnknownForm)));
    let mut changed: SealedSecret = good.parse().unwrap();
    changed.bytes[20] ^= 1;
    assert!(matches!(keys.open_secret(&changed, b""), Err(KeyError::Damaged)));
    assert!(matches!(keys.seal(&[0; 17 * 1024], b"", now()), Err(KeyError::Library)));
}

#[test]
fn debug_texts_show_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(&folder);
    let (data_key, _) = keys.new_data_key(now()).unwrap();
    let shown = format!("{keys:?} {:?} {data_key:?}", keys.keyring());
    for bytes in [&keys.keyring().keys[0].bytes[..], &data_key.bytes[..]] {
        assert!(!shown.contains(&format!("{:?}", &bytes[..4])[1..15]), "{shown}");
    }
}

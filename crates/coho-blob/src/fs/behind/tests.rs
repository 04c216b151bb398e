use super::*;
use std::io::Write;

fn file(seed: usize, length: usize) -> (Arc<File>, Vec<u8>) {
    let bytes: Vec<u8> = (0..length).map(|at| ((at * 31 + seed) % 251) as u8).collect();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    (Arc::new(file), bytes)
}

#[tokio::test]
async fn files_of_all_lengths_have_their_own_digests() {
    let followers = Arc::new(Followers::new(2));
    let sizes = [0, 1, 63, 64, 65, PIECE_BYTES, PIECE_BYTES + 1, 300_001, DUE_BYTES as usize + 7];
    let mut all = Vec::new();
    for (seed, length) in sizes.into_iter().cycle().take(40).enumerate() {
        let (file, bytes) = file(seed, length);
        let followed = followers.follow(BlobId(seed as u128), file);
        // They grow in steps of any size.
        let (first, rest) = (length / 3, length - length / 3);
        followed.grew(first as u64);
        followed.grew(rest as u64);
        all.push((followed, bytes));
    }
    for (followed, bytes) in &all {
        let mut expected = Digest::default();
        expected.update(bytes);
        assert_eq!(followed.digests(&Notify::new()).await.unwrap(), expected.finish());
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_back_has_no_digests_and_others_do() {
    let followers = Arc::new(Followers::new(1));
    let (short, _) = file(1, 1000);
    let (good, bytes) = file(2, 1000);
    let short = followers.follow(BlobId(1), short);
    let good = followers.follow(BlobId(2), good);
    short.grew(1001);
    good.grew(1000);
    let urged = Notify::new();
    let (short, good) = tokio::join!(short.digests(&urged), good.digests(&urged));
    assert!(matches!(short, Err(BlobError::Io { operation: "reading back a blob", .. })), "{short:?}");
    assert_eq!(good.unwrap().crc64, coho_model::Crc64::of(&bytes));
}

#[tokio::test]
async fn what_is_given_up_is_let_go_of() {
    let followers = Arc::new(Followers::new(1));
    let (given_up, _) = file(1, 1000);
    let (other, _) = file(2, 1000);
    let followed = followers.follow(BlobId(1), given_up.clone());
    followed.grew(DUE_BYTES);
    drop(followed);
    // The messages of one thread come in their order.
    followers.follow(BlobId(2), other).digests(&Notify::new()).await.unwrap();
    assert_eq!(Arc::strong_count(&given_up), 1);
}

#[tokio::test]
async fn a_thread_that_gets_no_core_keeps_no_file_open_and_gathers_no_news_without_end() {
    let (thread, messages) = channel();
    let followers =
        Arc::new(Followers { idle: OnceLock::from(vec![thread]), patience: Duration::ZERO, ..Followers::new(1) });
    let (file, bytes) = file(6, 1000);
    for number in 0..MOST_KNOWN as u128 + 100 {
        let followed = followers.follow(BlobId(number), file.clone());
        (0..10).for_each(|_| followed.grew(DUE_BYTES));
        drop(followed);
        assert_eq!(Arc::strong_count(&file), 1, "{number}");
    }
    // One that the thread does not know is hashed all the same.
    let followed = followers.follow(BlobId(u128::MAX), file);
    followed.grew(1000);
    assert_eq!(followed.digests(&Notify::new()).await.unwrap().crc64, coho_model::Crc64::of(&bytes));
    drop(followed);
    assert_eq!(messages.try_iter().count(), 3 * MOST_KNOWN, "begun, grew, gone");
    assert_eq!(followers.known.load(Ordering::Relaxed), 0, "all were let go of");
}

#[tokio::test]
async fn what_no_idle_thread_hashes_is_hashed_by_another() {
    // It has gone with its channel's other end.
    let (thread, messages) = channel();
    drop(messages);
    let followers = Arc::new(Followers { idle: OnceLock::from(vec![thread]), ..Followers::new(1) });
    let (file, bytes) = file(3, 300_001);
    let followed = followers.follow(BlobId(1), file);
    followed.grew(100_000);
    followed.catch_up(70_001).await.unwrap();
    followed.grew(200_001);
    assert_eq!(followed.digests(&Notify::new()).await.unwrap().crc64, coho_model::Crc64::of(&bytes));
    assert_eq!(*lock(&followers.waiting), Backlog::default());
}

#[tokio::test]
async fn what_waits_for_idle_time_is_hashed_when_it_is_urged_or_has_waited_long() {
    const FOR_EVER: Duration = Duration::from_secs(1 << 30);
    for (name, patience, is_urged) in [("urged", FOR_EVER, true), ("waited", Duration::ZERO, false)] {
        // A thread that never gets a core.
        let (thread, _messages) = channel();
        let followers = Arc::new(Followers { idle: OnceLock::from(vec![thread]), patience, ..Followers::new(1) });
        let (file, bytes) = file(5, 300_001);
        let followed = followers.follow(BlobId(1), file);
        followed.grew(bytes.len() as u64);
        let urged = Notify::new();
        let digests = async {
            let digests = followed.digests(&urged).await.unwrap();
            assert_eq!(digests.crc64, coho_model::Crc64::of(&bytes), "{name}");
        };
        let urges = async {
            // Also behind the moment when it began to wait.
            tokio::task::yield_now().await;
            if is_urged {
                urged.notify_one();
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(digests, urges) }).await;
        done.expect(name);
    }
}

#[test]
fn only_so_much_waits_for_idle_time() {
    let (files, bytes) = (MOST_WAITING.files, MOST_WAITING.bytes);
    for (there, next, expected) in [
        ((0, 0), bytes, true),
        ((0, 0), bytes + 1, false),
        ((1, bytes - 5), 5, true),
        ((1, bytes - 5), 6, false),
        ((files - 1, 0), 0, true),
        ((files, 0), 0, false),
    ] {
        let there = Backlog { files: there.0, bytes: there.1 };
        let backlog = Mutex::new(there);
        assert_eq!(Waiting::begin(&backlog, next).has_time, expected, "{there:?} and {next}");
        assert_eq!(*lock(&backlog), there, "it has gone");
    }
}

#[tokio::test]
async fn two_who_hash_the_same_file_do_not_spoil_it() {
    let followers = Arc::new(Followers::new(1));
    let (file, bytes) = file(4, 9_000_001);
    let followed = followers.follow(BlobId(1), file);
    followed.grew(bytes.len() as u64);
    let urged = Notify::new();
    let (here, there) = tokio::join!(followed.catch_up(bytes.len() as u64), followed.digests(&urged));
    here.unwrap();
    assert_eq!(there.unwrap().crc64, coho_model::Crc64::of(&bytes));
}

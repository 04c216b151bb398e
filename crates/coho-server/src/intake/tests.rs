use super::*;
use crate::{
    linger::LINGER,
    memory::{MemoryBudget, MemoryLimits, Purpose},
};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// Answers as the tests recognise them.
struct Marked;

impl OwnAnswers for Marked {
    fn slow_down(&self) -> Vec<u8> {
        b"slow down".into()
    }

    fn dated(&self, answer: &[u8]) -> Vec<u8> {
        [b"dated ", answer].concat()
    }
}

/// Bytes of the heads of all connections.
const HEADS_BYTES: usize = 100_000;

fn guard(stream: DuplexStream, intake: Intake, limits: LingerLimits) -> IntakeGuard<DuplexStream, Marked> {
    let budget = MemoryBudget::new(MemoryLimits {
        heads_bytes: HEADS_BYTES,
        documents_bytes: 0,
        waiting_output_bytes: 0,
        client_share_percent: 100,
    });
    IntakeGuard::new(stream, intake, budget.client(None).hold(Purpose::Heads), Marked, limits)
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

/// What the peer does after the last answer.
enum Peer {
    IsSilent,
    SendsThenCloses(usize),
    SendsForEver,
    Trickles,
}

async fn act(mut stream: DuplexStream, peer: Peer) {
    let mut is_open = true;
    match peer {
        Peer::IsSilent => {}
        Peer::SendsThenCloses(count) => {
            stream.write_all(&vec![1; count]).await.unwrap();
            return;
        }
        Peer::SendsForEver => while stream.write_all(&[1; 4096]).await.is_ok() {},
        Peer::Trickles => {
            while is_open {
                is_open = stream.write_all(&[1]).await.is_ok();
                tokio::time::sleep(SHORT / 50).await;
            }
        }
    }
    // A peer that keeps its end sees that the other one goes.
    while stream.read(&mut [0; 16]).await.is_ok_and(|count| count > 0) {}
}

#[tokio::test]
async fn the_reading_after_the_last_answer_ends_with_the_peer_or_at_a_limit() {
    let limits = |bytes, total, idle| LingerLimits { bytes, total, idle };
    for (name, expects_bytes, peer, limits) in [
        ("an idle peer is not waited for", false, Peer::IsSilent, limits(1 << 20, LONG, LONG)),
        ("the peer closes", true, Peer::SendsThenCloses(100_000), limits(1 << 20, LONG, LONG)),
        ("no byte", true, Peer::IsSilent, limits(1 << 20, LONG, SHORT)),
        ("too many bytes", true, Peer::SendsForEver, limits(1 << 20, LONG, LONG)),
        ("too slow", true, Peer::Trickles, limits(1 << 20, SHORT, LONG)),
    ] {
        let (own, other) = duplex(1024);
        let peer = tokio::spawn(act(other, peer));
        let intake = Intake::default();
        if expects_bytes {
            intake.leave_unread();
        }
        let mut guard = guard(own, intake, limits);
        let ended = tokio::time::timeout(LONG / 10, guard.shutdown()).await;
        assert!(ended.is_ok_and(|result| result.is_ok()), "{name}");
        drop(guard);
        peer.await.unwrap();
    }
}

/// How many bytes of an endless body the guard reads, if each read is followed by data of this length.
async fn read_with(phase: IntakePhase, data_bytes: usize) -> usize {
    const SENT_BYTES: usize = 2_000_000;
    let (own, mut other) = duplex(1 << 20);
    let send = tokio::spawn(async move { other.write_all(&vec![0; SENT_BYTES]).await });
    let intake = Intake::default();
    let mut guard = guard(own, intake.clone(), LINGER);
    intake.begin_request(phase);
    let (mut count, mut piece) = (0, vec![0; 128 * 1024]);
    while let Ok(read @ 1..) = guard.read(&mut piece).await {
        count += read;
        intake.data(data_bytes);
    }
    drop(guard);
    let _ = send.await;
    count
}

#[tokio::test]
async fn framing_without_data_ends_at_the_limit_whatever_the_buffer() {
    for (phase, data_bytes, expected) in [
        (IntakePhase::Chunks, 0, SMALL_READ_BYTES..=MAX_FRAMING_BYTES + CHUNKED_READ_BYTES),
        (IntakePhase::Chunks, 1, SMALL_READ_BYTES..=MAX_FRAMING_BYTES + CHUNKED_READ_BYTES),
        (IntakePhase::Chunks, 1000, 2_000_000..=2_000_000),
        (IntakePhase::Data, 0, 2_000_000..=2_000_000),
    ] {
        let read = read_with(phase, data_bytes).await;
        assert!(expected.contains(&read), "{phase:?}, {data_bytes} bytes of data: {read}");
    }
}

#[tokio::test]
async fn a_head_without_room_is_refused_unless_an_answer_is_being_sent() {
    for (is_answering, expected) in [(false, "slow down"), (true, "")] {
        let (own, mut other) = duplex(1 << 20);
        let intake = Intake::default();
        let mut guard = guard(own, intake.clone(), LINGER);
        other.write_all(&vec![b'x'; SMALL_READ_BYTES]).await.unwrap();
        let answering = is_answering.then(|| {
            intake.begin_request(IntakePhase::Head);
            intake.answer()
        });
        // As large as the buffer would have to become.
        let read = tokio::spawn(async move {
            let fits = guard.read(&mut vec![0; HEADS_BYTES + FREE_BUFFER_BYTES]).await;
            (fits.map_err(|error| error.kind()), guard.read(&mut vec![0; HEADS_BYTES + FREE_BUFFER_BYTES]).await)
        });
        let mut answer = String::new();
        other.read_to_string(&mut answer).await.unwrap();
        drop(other);
        let (first, second) = read.await.unwrap();
        assert_eq!((first, answer.as_str()), (Ok(SMALL_READ_BYTES), expected));
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        drop(answering);
    }
}

#[tokio::test]
async fn only_an_answer_that_belongs_to_no_request_is_replaced() {
    let (own, mut other) = duplex(1 << 20);
    let intake = Intake::default();
    let mut guard = guard(own, intake.clone(), LINGER);
    intake.begin_request(IntakePhase::Head);
    let answering = intake.answer();
    guard.write_all(b"HTTP/1.1 200;").await.unwrap();
    guard.flush().await.unwrap();
    drop(answering);
    guard.write_all(b"its end;").await.unwrap();
    guard.flush().await.unwrap();
    guard.write_all(b"HTTP/1.1 400;").await.unwrap();
    intake.begin_request(IntakePhase::Head);
    guard.write_all(b"HTTP/1.1 200;").await.unwrap();
    drop(guard);
    let mut written = String::new();
    other.read_to_string(&mut written).await.unwrap();
    assert_eq!(written, "HTTP/1.1 200;its end;dated HTTP/1.1 400;HTTP/1.1 200;");
}

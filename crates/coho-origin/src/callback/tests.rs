use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime,
};

const LONG: Duration = Duration::from_secs(20);

fn client(allowed: &str, timeout: Duration) -> CallbackClient {
    let allowed = allowed.split_terminator(',').map(|net| net.parse().unwrap()).collect();
    let tls = rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty());
    let lookups = Lookups::of_system(runtime::Handle::current());
    CallbackClient::new(AddressPolicy::of_callbacks(allowed), lookups, &Arc::new(tls.with_no_client_auth()), timeout)
}

async fn post(client: &CallbackClient, url: &str) -> Result<Bytes, CallbackError> {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let body = Bytes::from_static(b"{\"a\":1}");
    client
        .send(CallbackRequest { bucket: BucketId(1), uri: &url.parse().unwrap(), headers, body, sends_sni: false })
        .await
}

/// A receiver that answers its first request with these bytes, and closes if it `closes`; gives the request.
async fn receiver(answer: Vec<u8>, closes: bool) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a%20b?c=d", listener.local_addr().unwrap());
    let received = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"{\"a\":1}") {
            assert!(client.read_buf(&mut request).await.unwrap() > 0, "{}", request.escape_ascii());
        }
        let _ = client.write_all(&answer).await;
        if !closes {
            // Until the caller hangs up.
            let _ = client.read(&mut [0]).await;
        }
        String::from_utf8(request).unwrap()
    });
    (url, received)
}

#[tokio::test]
async fn a_request_has_its_headers_and_its_body() {
    let (url, received) = receiver(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec(), false).await;
    assert_eq!(post(&client("127.0.0.0/8", LONG), &url).await.unwrap(), "{}");
    let request = received.await.unwrap().to_ascii_lowercase();
    let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    assert!(request.starts_with("post /a%20b?c=d http/1.1\r\n"), "{request}");
    for line in ["content-type: application/json", "content-length: 7", "connection: close", &format!("host: {host}")] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} is not in {request}");
    }
}

#[tokio::test]
async fn an_answer_counts_only_with_200_and_a_length_within_the_limit() {
    let body = |length: usize| -> Vec<u8> {
        [format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes(), &vec![b' '; length]].concat()
    };
    let most = MAX_ANSWER_BYTES as usize;
    let status = |line: &str| format!("HTTP/1.1 {line}\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}".to_vec();
    for (name, answer, closes, expected) in [
        ("the largest", body(most), false, Ok(most)),
        ("empty", body(0), false, Ok(0)),
        ("closed after its end", body(2), true, Ok(2)),
        ("too long", body(most + 1), false, Err("too_long")),
        (
            "chunked",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_vec(),
            false,
            Err("no_length"),
        ),
        ("until the end", b"HTTP/1.0 200 OK\r\n\r\n{}".to_vec(), true, Err("no_length")),
        ("201", status("201 Created"), false, Err("status")),
        ("redirect", status("302 Found"), false, Err("status")),
        ("500", status("500 No"), false, Err("status")),
        ("cut", cut, true, Err("broken")),
        ("nothing", Vec::new(), true, Err("broken")),
        ("nonsense", b"nonsense\r\n\r\n".to_vec(), true, Err("broken")),
        (
            "a large head",
            [b"HTTP/1.1 200 OK\r\nA: ".to_vec(), vec![b'a'; 2 * MAX_HEAD_BYTES]].concat(),
            true,
            Err("broken"),
        ),
    ] {
        let (url, _received) = receiver(answer, closes).await;
        let outcome = post(&client("127.0.0.0/8", LONG), &url).await;
        let outcome = outcome.map(|body| body.len()).map_err(|error| error.label());
        assert_eq!(outcome, expected, "{name}");
    }
}

#[tokio::test]
async fn a_slow_receiver_is_left_after_the_timeout() {
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"] {
        let (url, _received) = receiver(answer.into(), false).await;
        let outcome = post(&client("127.0.0.0/8", Duration::from_millis(100)), &url).await;
        assert_eq!(outcome, Err(CallbackError::Timeout), "{answer:?}");
    }
}

#[tokio::test]
async fn an_address_is_checked_where_the_connection_is_made() {
    let (url, _received) = receiver(Vec::new(), true).await;
    for url in [&*url, "http://localhost:1/", "http://[::1]:1/", "http://10.0.0.1/", "http://169.254.169.254/"] {
        let error = post(&client("", LONG), url).await.unwrap_err();
        assert!(
            matches!(&error, CallbackError::Address(text) if text.contains("--callback-allow")),
            "{url}: {error:?}"
        );
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [format!("http://{closed}/"), "http://no-such-name.invalid/".to_owned()] {
        let error = post(&client("127.0.0.0/8", LONG), &url).await.unwrap_err();
        assert_eq!(error.label(), "unreachable", "{url}: {error}");
    }
    let guarded = client("127.0.0.2/32", LONG);
    for (address, refused) in [("127.0.0.1", true), ("127.0.0.2", false), ("1.1.1.1", false)] {
        assert_eq!(guarded.refused_literal(address.parse().unwrap()).is_some(), refused, "{address}");
    }
}

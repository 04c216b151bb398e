//! A bucket whose website configuration the test puts, an origin that its rules may name, and the ways to ask.

use coho_testkit::http::{Request, Response};
use coho_testkit::oss::{REGION, decode, encode, expect};
use coho_testkit::{Origin, Oss, Server, sign};

use crate::fixture::{LOOPBACK, options, website};

/// The bucket of [`Site`].
pub(super) const BUCKET: &str = "site";

/// A rule that redirects whatever it applies to.
pub(super) const ELSEWHERE: &str = "<RedirectType>External</RedirectType><HostName>n.test</HostName>";

/// How long a presigned URL of a test is good.
const EXPIRES_SECONDS: i64 = 600;

/// A running server with one bucket.
pub(super) struct Site {
    pub(super) origin: Origin,
    pub(super) server: Server,
    pub(super) oss: Oss,
}

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Anonymous,
    Presigned,
    Signed,
}

/// Every way to sign, and not to.
pub(super) const EVERY_ACCESS: [Access; 3] = [Access::Anonymous, Access::Presigned, Access::Signed];

impl Site {
    /// With a public-read bucket.
    pub(super) fn start() -> Self {
        Self::with_acl("public-read")
    }

    pub(super) fn with_acl(acl: &str) -> Self {
        let origin = Origin::start().unwrap();
        let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
        let oss = Oss::new(&server);
        oss.put_bucket(BUCKET, acl);
        Self { origin, server, oss }
    }

    /// Sends the configuration, with `{origin}` for the address of the origin.
    pub(super) fn put_document(&self, xml: &str) -> Response {
        self.oss.put_website(BUCKET, &xml.replace("{origin}", &self.origin.url("")))
    }

    /// Stores the configuration.
    #[track_caller]
    pub(super) fn document(&self, xml: &str) {
        expect(200, &self.put_document(xml));
    }

    /// Stores a configuration with these rules alone.
    #[track_caller]
    pub(super) fn rules(&self, rules: &str) {
        self.document(&website(rules));
    }

    /// What GetBucketWebsite shows.
    #[track_caller]
    pub(super) fn shown(&self) -> String {
        let answer = self.oss.call(self.oss.request("GET", &format!("/{BUCKET}/?website")));
        expect(200, &answer);
        answer.text()
    }

    /// An unsigned path-style request; `target` is what follows the bucket and its slash, already encoded.
    pub(super) fn request(&self, method: &str, target: &str) -> Request {
        self.oss.request(method, &format!("/{BUCKET}/{target}"))
    }

    /// An anonymous GET.
    pub(super) fn get(&self, target: &str) -> Response {
        self.oss.anonymous(&self.request("GET", target))
    }

    /// An anonymous HEAD.
    pub(super) fn head(&self, target: &str) -> Response {
        self.oss.anonymous(&self.request("HEAD", target))
    }

    /// A GET signed in this way.
    pub(super) fn get_as(&self, access: Access, target: &str) -> Response {
        match access {
            Access::Anonymous => self.get(target),
            Access::Signed => self.oss.call(self.request("GET", target)),
            Access::Presigned => self.oss.anonymous(&self.oss.request("GET", &self.presigned(target))),
        }
    }

    /// The target of a GET with a signature in its query.
    fn presigned(&self, target: &str) -> String {
        let key = decode(target.split('?').next().unwrap());
        let path = format!("/{BUCKET}/{target}");
        sign::presigned_v4_get(&path, self.server.credentials(), REGION, BUCKET, &key, EXPIRES_SECONDS)
    }

    /// Stores a page.
    pub(super) fn page(&self, key: &str, body: &str) {
        let target = encode(key, b"-_.~/");
        let request = self.request("PUT", &target).header("Content-Type", "text/html").body(body);
        expect(200, &self.oss.call(request));
    }

    /// The object is stored: its owner sees it, and owners cause no fetch.
    #[track_caller]
    pub(super) fn assert_stored(&self, key: &str) {
        self.server.wait_until_idle();
        expect(200, &self.oss.head(BUCKET, key));
        let keys = self.oss.keys(BUCKET);
        assert!(keys.iter().any(|stored| stored == key), "{key} is not listed: {keys:?}");
    }

    /// Starts the server again on the same data.
    pub(super) fn start_again(&mut self) {
        self.server.restart().unwrap();
        self.oss = Oss::new(&self.server);
    }
}

/// An element.
pub(super) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// A rule.
pub(super) fn rule(number: u32, condition: &str, redirect: &str) -> String {
    format!(
        "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition>\
         <Redirect>{redirect}</Redirect></RoutingRule>"
    )
}

/// The action of a rule that redirects.
pub(super) fn external(elements: &str) -> String {
    format!("<RedirectType>External</RedirectType>{elements}")
}

/// The action of a rule that fetches from below this path of the origin.
pub(super) fn mirror(path: &str, elements: &str) -> String {
    format!("<RedirectType>Mirror</RedirectType><MirrorURL>{{origin}}{path}</MirrorURL>{elements}")
}

/// The condition of a status.
pub(super) fn code(status: u16) -> String {
    element("HttpErrorCodeReturnedEquals", &status.to_string())
}

/// The condition of a prefix.
pub(super) fn prefix(text: &str) -> String {
    element("KeyPrefixEquals", text)
}

/// A whole redirect: status, location, no body, and a request id.
#[track_caller]
pub(super) fn expect_redirect(status: u16, location: &str, answer: &Response) {
    assert_eq!((answer.status(), answer.get("location")), (status, Some(location)), "{answer:?}");
    assert_eq!((answer.body.len(), answer.get("content-length")), (0, Some("0")), "{answer:?}");
    assert_eq!(answer.get("x-oss-request-id").map(str::len), Some(24), "{answer:?}");
    for foreign in ["etag", "content-type", "x-oss-ec", "x-oss-err", "x-oss-tag", "set-cookie"] {
        assert_eq!(answer.get(foreign), None, "{answer:?}");
    }
}

/// A page: status, body and type.
#[track_caller]
pub(super) fn expect_page(status: u16, body: &str, answer: &Response) {
    assert_eq!((answer.status(), answer.text().as_str()), (status, body), "{answer:?}");
    assert_eq!(answer.get("content-type"), Some("text/html"), "{answer:?}");
    assert_eq!(answer.get("content-length"), Some(body.len().to_string().as_str()), "{answer:?}");
}

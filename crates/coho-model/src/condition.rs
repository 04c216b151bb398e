//! Conditional reads: the four `If-` headers, and their `x-oss-copy-source-` counterparts.

use crate::{ETag, Timestamp};

/// The conditions of one request. The caller omits dates that cannot be parsed, as OSS ignores them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<Timestamp>,
}

/// The result of evaluating the conditions against an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Continue with the request.
    Proceed,
    /// 304 without a body.
    NotModified,
    /// 412 `PreconditionFailed`.
    Failed,
}

impl Conditions {
    /// Whether the request has no conditions.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Evaluates the conditions against an object. A failed precondition takes precedence over "not modified"; an
    /// entity tag takes precedence over the date of the same kind, as in HTTP.
    pub fn judge(&self, etag: ETag, modified: Timestamp) -> Verdict {
        let fails = match &self.if_match {
            Some(value) => !etag.is_listed_in(value),
            None => self.if_unmodified_since.is_some_and(|at| modified.unix_s() > at.unix_s()),
        };
        if fails {
            return Verdict::Failed;
        }
        let unchanged = match &self.if_none_match {
            Some(value) => etag.is_listed_in(value),
            None => self.if_modified_since.is_some_and(|at| modified.unix_s() <= at.unix_s()),
        };
        if unchanged { Verdict::NotModified } else { Verdict::Proceed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(conditions: Conditions, expected: Verdict) {
        let modified = Timestamp::from_unix_ms(1_000_500);
        assert_eq!(conditions.judge(ETag::simple([0xab; 16]), modified), expected, "{conditions:?}");
    }

    #[test]
    fn each_header_and_their_combinations() {
        let right = Some(String::from("\"ABABABABABABABABABABABABABABABAB\""));
        let wrong = Some(String::from("x"));
        let (at, before) = (Some(Timestamp::from_unix_ms(1_000_000)), Some(Timestamp::from_unix_ms(999_000)));
        let none = Conditions::default;
        check(none(), Verdict::Proceed);
        check(Conditions { if_match: right.clone(), ..none() }, Verdict::Proceed);
        check(Conditions { if_match: wrong.clone(), ..none() }, Verdict::Failed);
        check(Conditions { if_none_match: right.clone(), ..none() }, Verdict::NotModified);
        check(Conditions { if_none_match: wrong.clone(), ..none() }, Verdict::Proceed);
        check(Conditions { if_modified_since: at, ..none() }, Verdict::NotModified);
        check(Conditions { if_modified_since: before, ..none() }, Verdict::Proceed);
        check(Conditions { if_unmodified_since: at, ..none() }, Verdict::Proceed);
        check(Conditions { if_unmodified_since: before, ..none() }, Verdict::Failed);
        check(Conditions { if_match: right.clone(), if_unmodified_since: before, ..none() }, Verdict::Proceed);
        check(Conditions { if_none_match: wrong, if_modified_since: at, ..none() }, Verdict::Proceed);
        check(Conditions { if_match: right.clone(), if_none_match: right, ..none() }, Verdict::NotModified);
    }
}

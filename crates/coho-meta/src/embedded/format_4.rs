//! The rows of formats up to 4, which had four notations for structured values, and their way into format 5.

use super::{LegacyWebsite, failure::Failure, rows};
use crate::encoding::{
    BucketSettings, DecodeError, encode_extents, encode_headers, encode_provenance, encode_settings,
};
use coho_model::{
    BlobId, Extent, Fetched, MirrorLimit, MirrorLimits, MirrorPolicy, MirrorSetting, ObjectHeaders, Provenance,
    Timestamp,
};
use rusqlite::{Connection, Row, params, types::Value};
use std::sync::Arc;

/// Copies every row of the tables of format 4 into those of format 5.
pub(super) fn copy_rows(connection: &Connection, website: LegacyWebsite) -> Result<(), Failure> {
    copy_buckets(connection, website)?;
    copy_objects(connection)?;
    copy_uploads(connection)
}

fn copy_buckets(connection: &Connection, website: LegacyWebsite) -> Result<(), Failure> {
    let mut old = connection.prepare(
        "SELECT bucket_id, name, owner, created, acl, storage_class, redundancy, website, mirror_qps, mirror_bandwidth,
                mirror_policy
         FROM bucket_4",
    )?;
    let mut new = connection.prepare("INSERT INTO bucket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut found = old.query(())?;
    while let Some(row) = found.next()? {
        let text: Option<String> = row.get(7)?;
        let website = text.map(|text| website(&text)).transpose().map_err(Failure::Website)?;
        let settings = BucketSettings {
            website: website.map(Arc::new),
            mirror: mirror_policy(row)?,
            configurations: Arc::default(),
        };
        let [id, name, owner, created, acl, class, redundancy] = values(row)?;
        new.execute(params![id, name, owner, created, acl, class, redundancy, encode_settings(&settings)])?;
    }
    Ok(())
}

fn copy_objects(connection: &Connection) -> Result<(), Failure> {
    let mut old = connection.prepare(
        "SELECT bucket_id, name, size, etag, etag_parts, crc64, object_type, storage_class, acl, modified,
                inline_blob, inline_position, headers, extents, mirrored_from, fetched
         FROM object_4 ORDER BY bucket_id, name",
    )?;
    let mut new = connection.prepare(
        "INSERT INTO object (bucket_id, name, size, etag, etag_parts, crc64, object_type, storage_class, acl, modified,
            inline_blob, inline_position, headers, extents, provenance)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    let mut found = old.query(())?;
    while let Some(row) = found.next()? {
        let headers = encode_headers(&headers(rows::bytes(row, 12, "headers")?)?);
        let old_extents: Option<Vec<u8>> = row.get(13)?;
        let extents = old_extents.map(|bytes| extents(&bytes)).transpose()?.map(|extents| encode_extents(&extents));
        let provenance = provenance(row)?.map(|provenance| encode_provenance(&provenance));
        let [bucket, name, size, etag, parts, crc64, kind, class, acl, modified, inline, position] = values(row)?;
        new.execute(params![
            bucket, name, size, etag, parts, crc64, kind, class, acl, modified, inline, position, headers, extents,
            provenance
        ])?;
    }
    Ok(())
}

fn copy_uploads(connection: &Connection) -> Result<(), Failure> {
    let mut old = connection.prepare(
        "SELECT bucket_id, name, upload_id, initiated, acl, storage_class, forbid_overwrite, headers FROM upload_4
         ORDER BY bucket_id, name, upload_id",
    )?;
    let mut new = connection.prepare(
        "INSERT INTO upload (bucket_id, name, upload_id, initiated, acl, storage_class, forbid_overwrite, headers)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut found = old.query(())?;
    while let Some(row) = found.next()? {
        let headers = encode_headers(&headers(rows::bytes(row, 7, "headers")?)?);
        let [bucket, name, id, initiated, acl, class, forbid_overwrite] = values(row)?;
        new.execute(params![bucket, name, id, initiated, acl, class, forbid_overwrite, headers])?;
    }
    Ok(())
}

/// The first columns of a row, as they are.
fn values<const N: usize>(row: &Row<'_>) -> Result<[Value; N], Failure> {
    let mut values = [const { Value::Null }; N];
    for (at, value) in values.iter_mut().enumerate() {
        *value = row.get(at)?;
    }
    Ok(values)
}

/// Tab-separated: time, rule, `ETag`, `Last-Modified`.
fn provenance(row: &Row<'_>) -> Result<Option<Provenance>, Failure> {
    let Some(url) = row.get(14)? else { return Ok(None) };
    let text: Option<String> = row.get(15)?;
    let damaged = Failure::Column { column: "fetched" };
    Ok(Some(Provenance { url, fetch: text.map(|text| fetched(&text).ok_or(damaged)).transpose()?, rewritten: None }))
}

fn fetched(text: &str) -> Option<Fetched> {
    let mut fields = text.split('\t');
    let at = Timestamp::from_unix_ms(fields.next()?.parse().ok()?);
    let rule_number = fields.next()?.parse().ok()?;
    let header = |text: &str| (!text.is_empty()).then(|| text.into());
    let (etag, last_modified) = (header(fields.next()?), header(fields.next()?));
    fields.next().is_none().then_some(Fetched { at, rule_number, etag, last_modified })
}

/// Limits in columns of their own, where NULL is the default and -1 no limit; the rest in lines of `name=value`.
fn mirror_policy(row: &Row<'_>) -> Result<MirrorPolicy, Failure> {
    let limits = MirrorLimits { qps: limit(row, 8, "mirror_qps")?, bandwidth: limit(row, 9, "mirror_bandwidth")? };
    let mut policy = MirrorPolicy { limits, ..MirrorPolicy::default() };
    let text: Option<String> = row.get(10)?;
    for line in text.unwrap_or_default().lines() {
        let setting = line.split_once('=').and_then(|(name, value)| mirror_setting(name, value));
        policy = policy.with(setting.ok_or(Failure::Column { column: "mirror_policy" })?);
    }
    Ok(policy)
}

fn limit(row: &Row<'_>, at: usize, name: &'static str) -> Result<MirrorLimit, Failure> {
    match row.get::<_, Option<i64>>(at)? {
        None => Ok(MirrorLimit::Default),
        Some(-1) => Ok(MirrorLimit::None),
        Some(limit) if limit > 0 => Ok(MirrorLimit::PerSecond(limit.unsigned_abs())),
        Some(_) => Err(Failure::Column { column: name }),
    }
}

fn mirror_setting(name: &str, value: &str) -> Option<MirrorSetting> {
    let number = || value.parse().ok().map(Some);
    let limit = || match value {
        "none" => Some(MirrorLimit::None),
        value => value.parse().ok().filter(|limit| *limit > 0).map(MirrorLimit::PerSecond),
    };
    Some(match name {
        "connect_timeout_ms" => MirrorSetting::ConnectTimeout(number()?),
        "first_byte_timeout_ms" => MirrorSetting::FirstByteTimeout(number()?),
        "idle_timeout_ms" => MirrorSetting::IdleTimeout(number()?),
        "missing_seconds" => MirrorSetting::MissingSeconds(number()?),
        "hides_origin" => MirrorSetting::HidesOrigin(value == "true"),
        rule => match rule.strip_prefix("rule.")?.split_once('.')? {
            (rule, "qps") => MirrorSetting::RuleQps(rule.parse().ok()?, limit()?),
            (rule, "bandwidth") => MirrorSetting::RuleBandwidth(rule.parse().ok()?, limit()?),
            _ => return None,
        },
    })
}

/// The version of the private form of headers and extents.
const VERSION: u8 = 1;
/// Most bytes of one number in LEB128.
const MAX_NUMBER_BYTES: usize = 10;

fn headers(bytes: &[u8]) -> Result<ObjectHeaders, DecodeError> {
    let mut input = Input::begin(bytes)?;
    let mut headers = ObjectHeaders::new();
    for _ in 0..input.number()? {
        let name = std::str::from_utf8(input.bytes()?).map_err(|_| DecodeError::Damaged)?;
        headers.set(name, input.bytes()?);
    }
    input.end()?;
    Ok(headers)
}

fn extents(bytes: &[u8]) -> Result<Vec<Extent>, DecodeError> {
    let mut input = Input::begin(bytes)?;
    let mut extents = Vec::new();
    for _ in 0..input.number()? {
        let blob = BlobId::from_bytes(input.array()?);
        extents.push(Extent { blob, offset: input.number()?, length: input.number()? });
    }
    input.end()?;
    Ok(extents)
}

/// What is left of a value in the private form.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn begin(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self(rest)),
            Some((&other, _)) => Err(DecodeError::Version(other)),
            None => Err(DecodeError::Damaged),
        }
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0u64;
        for at in 0..MAX_NUMBER_BYTES {
            let (&byte, rest) = self.0.split_first().ok_or(DecodeError::Damaged)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << (7 * at);
            if shifted >> (7 * at) != bits {
                return Err(DecodeError::Damaged);
            }
            number |= shifted;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DecodeError::Damaged)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(DecodeError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.number()?).map_err(|_| DecodeError::Damaged)?;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Damaged)
    }

    fn end(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_circumstances_of_a_fetch_are_read_from_tab_separated_text() {
        let fetch = |etag: Option<&str>, last_modified: Option<&str>| Fetched {
            at: Timestamp::from_unix_ms(1_700_000_000_123),
            rule_number: 3,
            etag: etag.map(Into::into),
            last_modified: last_modified.map(Into::into),
        };
        for (text, expected) in [
            ("1700000000123\t3\t\t", fetch(None, None)),
            ("1700000000123\t3\tW/\"a b\"\t", fetch(Some("W/\"a b\""), None)),
            ("1700000000123\t3\t\tThu, 01 Jan 2026 00:00:00 GMT", fetch(None, Some("Thu, 01 Jan 2026 00:00:00 GMT"))),
        ] {
            assert_eq!(fetched(text), Some(expected));
        }
        for damaged in ["", "1", "1\t2\t", "x\t1\t\t", "1\tx\t\t", "1\t1\t\t\t"] {
            assert_eq!(fetched(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn settings_of_a_mirror_are_read_from_lines() {
        for (line, expected) in [
            ("connect_timeout_ms=5", MirrorSetting::ConnectTimeout(Some(5))),
            ("first_byte_timeout_ms=6", MirrorSetting::FirstByteTimeout(Some(6))),
            ("idle_timeout_ms=7", MirrorSetting::IdleTimeout(Some(7))),
            ("missing_seconds=30", MirrorSetting::MissingSeconds(Some(30))),
            ("hides_origin=true", MirrorSetting::HidesOrigin(true)),
            ("rule.3.qps=9", MirrorSetting::RuleQps(3, MirrorLimit::PerSecond(9))),
            ("rule.1.bandwidth=none", MirrorSetting::RuleBandwidth(1, MirrorLimit::None)),
        ] {
            let (name, value) = line.split_once('=').unwrap();
            assert_eq!(mirror_setting(name, value), Some(expected), "{line}");
        }
        for (name, value) in
            [("x", "1"), ("idle_timeout_ms", "x"), ("rule.x.qps", "1"), ("rule.1.qps", "0"), ("rule.1.other", "1")]
        {
            assert_eq!(mirror_setting(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn headers_and_extents_are_read_from_the_private_form() {
        let mut expected = ObjectHeaders::new();
        expected.set("content-type", b"a/b");
        expected.set("x-oss-meta-a", b"\xe9");
        let bytes = b"\x01\x02\x0ccontent-type\x03a/b\x0cx-oss-meta-a\x01\xe9";
        assert_eq!(headers(bytes), Ok(expected));
        let bytes = [&[1, 1][..], &[7; 16], &[3, 0x80, 0x01]].concat();
        let extent = Extent { blob: BlobId::from_bytes([7; 16]), offset: 3, length: 128 };
        assert_eq!(extents(&bytes), Ok(vec![extent]));
        assert_eq!(extents(&[2, 0]), Err(DecodeError::Version(2)));
        assert_eq!(extents(&[1, 0, 0]), Err(DecodeError::Damaged));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(noise in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut versioned = vec![VERSION];
            versioned.extend_from_slice(&noise);
            for bytes in [&noise, &versioned] {
                let _ = (headers(bytes), extents(bytes));
            }
        }
    }
}

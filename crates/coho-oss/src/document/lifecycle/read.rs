//! From the document to the rules. Elements that are not executed are refused by name: a rule does what it says or is not stored.

use super::MAX_BYTES;
use crate::{Element, XmlError, read_document};
use coho_model::{
    InvalidLifecycle, Lifecycle, LifecycleFault, LifecycleNot, LifecycleRule, LifecycleTime, LifecycleTransition,
    MAX_LIFECYCLE_DAYS, RequestRefusal, StorageClass, Timestamp, decimal,
};

/// The elements of a rule.
const RULE: [&str; 8] = ["ID", "Prefix", "Status", "Tag", "Filter", "Expiration", "Transition", "AbortMultipartUpload"];
/// The elements of OSS that Coho does not execute.
const NOT_EXECUTED: [&str; 5] = [
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "AtimeBase",
    "ReturnToStdWhenVisit",
    "AllowSmallFile",
];

/// Parses the request. A rule without an id gets one of `new_id`. The rules are not validated.
pub fn parse(body: &[u8], mut new_id: impl FnMut() -> String) -> Result<Lifecycle, RequestRefusal> {
    let root = read_document(body, "LifecycleConfiguration", MAX_BYTES)?;
    expect(&root, &["Rule"])?;
    let rules = root.children().iter().map(|element| rule(element, &mut new_id)).collect::<Result<_, _>>()?;
    Ok(Lifecycle { rules })
}

fn rule(element: &Element<'_>, new_id: &mut impl FnMut() -> String) -> Result<LifecycleRule, RequestRefusal> {
    expect(element, &RULE)?;
    let is_enabled = match text(element, "Status")? {
        "Enabled" => true,
        "Disabled" => false,
        _ => return Err(RequestRefusal::malformed_document("Status is neither Enabled nor Disabled")),
    };
    let id = element.child("ID")?.map_or("", Element::text);
    let mut rule = LifecycleRule {
        id: if id.is_empty() { new_id() } else { id.to_owned() },
        prefix: element.child("Prefix")?.map_or("", Element::text).to_owned(),
        is_enabled,
        tags: named(element, "Tag").map(tag).collect::<Result<_, _>>()?,
        expiration: element.child("Expiration")?.map(expiration).transpose()?,
        abort_uploads: element.child("AbortMultipartUpload")?.map(abort).transpose()?,
        transitions: named(element, "Transition").map(transition).collect::<Result<_, _>>()?,
        ..LifecycleRule::default()
    };
    if let Some(filter) = element.child("Filter")? {
        expect(filter, &["Not", "ObjectSizeGreaterThan", "ObjectSizeLessThan"])?;
        rule.not = named(filter, "Not").map(not).collect::<Result<_, _>>()?;
        rule.larger_than = size(filter, "ObjectSizeGreaterThan")?;
        rule.smaller_than = size(filter, "ObjectSizeLessThan")?;
    }
    Ok(rule)
}

fn not(element: &Element<'_>) -> Result<LifecycleNot, RequestRefusal> {
    expect(element, &["Prefix", "Tag"])?;
    let prefix = element.child("Prefix")?.map_or("", Element::text).to_owned();
    Ok(LifecycleNot { prefix, tag: element.child("Tag")?.map(tag).transpose()? })
}

fn tag(element: &Element<'_>) -> Result<(String, String), RequestRefusal> {
    expect(element, &["Key", "Value"])?;
    let key = element.child("Key")?.ok_or(XmlError::Malformed("Key is missing"))?.text().to_owned();
    Ok((key, element.child("Value")?.map_or("", Element::text).to_owned()))
}

fn expiration(element: &Element<'_>) -> Result<LifecycleTime, RequestRefusal> {
    expect(element, &["Days", "CreatedBeforeDate", "Date", "ExpiredObjectDeleteMarker"])?;
    match text(element, "ExpiredObjectDeleteMarker")? {
        "" | "false" => {}
        "true" => return Err(RequestRefusal::parameter_not_implemented("ExpiredObjectDeleteMarker")),
        _ => return Err(RequestRefusal::malformed_document("ExpiredObjectDeleteMarker is neither true nor false")),
    }
    let mut times = times(element)?;
    match (times.pop(), times.is_empty()) {
        (Some(time), true) => Ok(time),
        (None, _) => {
            Err(invalid(LifecycleFault::NoExpirationTime, "Expiration has neither Days nor CreatedBeforeDate"))
        }
        (Some(_), false) => {
            Err(invalid(LifecycleFault::ExpirationTimes, "Expiration has more than one of Days and CreatedBeforeDate"))
        }
    }
}

fn transition(element: &Element<'_>) -> Result<LifecycleTransition, RequestRefusal> {
    expect(element, &["Days", "CreatedBeforeDate", "StorageClass", "IsAccessTime"])?;
    let says_modified_time = match text(element, "IsAccessTime")? {
        "" => false,
        "false" => true,
        "true" => return Err(RequestRefusal::parameter_not_implemented("IsAccessTime")),
        _ => return Err(RequestRefusal::malformed_document("IsAccessTime is neither true nor false")),
    };
    let mut times = times(element)?;
    let time = match (times.pop(), times.is_empty()) {
        (Some(time), true) => time,
        (None, _) => {
            return Err(RequestRefusal::malformed_document("Transition has neither Days nor CreatedBeforeDate"));
        }
        (Some(_), false) => {
            return Err(invalid(LifecycleFault::TransitionTimes, "Transition has both Days and CreatedBeforeDate"));
        }
    };
    // Case matters here, as the classes are written in one way only.
    let class = text(element, "StorageClass")?;
    let storage_class = StorageClass::ALL.into_iter().find(|known| known.as_str() == class);
    let storage_class = storage_class.ok_or_else(|| invalid(LifecycleFault::StorageClass, "Invalid StorageClass"))?;
    Ok(LifecycleTransition { time, storage_class, says_modified_time })
}

fn abort(element: &Element<'_>) -> Result<LifecycleTime, RequestRefusal> {
    expect(element, &["Days", "CreatedBeforeDate"])?;
    let mut times = times(element)?;
    match (times.pop(), times.is_empty()) {
        (Some(time), true) => Ok(time),
        _ => Err(RequestRefusal::malformed_document("AbortMultipartUpload needs one of Days and CreatedBeforeDate")),
    }
}

/// The times that an action names.
fn times(element: &Element<'_>) -> Result<Vec<LifecycleTime>, RequestRefusal> {
    let mut times = Vec::new();
    if let Some(days) = element.child("Days")? {
        let days = decimal::<u32>(days.trimmed()).filter(|days| (1..=MAX_LIFECYCLE_DAYS).contains(days));
        let invalid = || invalid(LifecycleFault::Days, "Days must be a positive integer of at most 36500");
        times.push(LifecycleTime::Days(days.ok_or_else(invalid)?));
    }
    if let Some(date) = element.child("CreatedBeforeDate")? {
        times.push(LifecycleTime::CreatedBefore(midnight(date)?));
    }
    if let Some(date) = element.child("Date")? {
        times.push(LifecycleTime::Date(midnight(date)?));
    }
    Ok(times)
}

/// OSS: dates are `yyyy-MM-ddT00:00:00.000Z`.
fn midnight(element: &Element<'_>) -> Result<Timestamp, RequestRefusal> {
    let date = Timestamp::parse_iso8601(element.trimmed()).filter(|date| date.is_midnight());
    date.ok_or_else(|| {
        let message = format!("{} must be midnight in UTC, such as 2002-10-11T00:00:00.000Z", element.name());
        invalid(LifecycleFault::Date, message)
    })
}

fn size(filter: &Element<'_>, name: &str) -> Result<Option<u64>, RequestRefusal> {
    let Some(element) = filter.child(name)? else { return Ok(None) };
    let bytes = decimal(element.trimmed());
    bytes.map(Some).ok_or_else(|| invalid(LifecycleFault::Value, format!("{name} must be a positive integer")))
}

fn invalid(fault: LifecycleFault, message: impl Into<std::borrow::Cow<'static, str>>) -> RequestRefusal {
    InvalidLifecycle::new(fault, message).into()
}

fn text<'e>(element: &'e Element<'_>, name: &str) -> Result<&'e str, XmlError> {
    Ok(element.child(name)?.map_or("", Element::trimmed))
}

fn named<'e, 'a>(element: &'e Element<'a>, name: &'static str) -> impl Iterator<Item = &'e Element<'a>> {
    element.children().iter().filter(move |child| child.name() == name)
}

/// Refuses children of other names.
fn expect(element: &Element<'_>, names: &[&str]) -> Result<(), RequestRefusal> {
    match element.children().iter().find(|child| !names.contains(&child.name())) {
        None => Ok(()),
        Some(child) if NOT_EXECUTED.contains(&child.name()) => {
            Err(RequestRefusal::parameter_not_implemented(child.name()))
        }
        Some(child) => Err(RequestRefusal::malformed_document(format_args!(
            "{} is not expected in {}",
            child.name(),
            element.name()
        ))),
    }
}

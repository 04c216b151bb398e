//! From the document to the rules. Elements that are not executed are refused by name: a rule does what it says or is not stored.

use super::MAX_BYTES;
use crate::{Element, XmlError, xml::read_kept_document};
use coho_model::{
    InvalidLifecycle, Lifecycle, LifecycleFault, LifecycleNot, LifecycleRule, LifecycleTime, LifecycleTransition,
    MAX_LIFECYCLE_DAYS, NoncurrentTransition, RequestRefusal, StorageClass, Timestamp, decimal,
};

/// The elements of a rule.
const RULE: [&str; 10] = [
    "ID",
    "Prefix",
    "Status",
    "Tag",
    "Filter",
    "Expiration",
    "Transition",
    "AbortMultipartUpload",
    NONCURRENT_EXPIRATION,
    NONCURRENT_TRANSITION,
];
const NONCURRENT_EXPIRATION: &str = "NoncurrentVersionExpiration";
const NONCURRENT_TRANSITION: &str = "NoncurrentVersionTransition";
/// The elements of OSS that Coho does not execute.
const NOT_EXECUTED: [&str; 3] = ["AtimeBase", "ReturnToStdWhenVisit", "AllowSmallFile"];

/// Parses the request. A rule without an id gets one of `new_id`. The rules are not validated.
pub fn parse(body: &[u8], mut new_id: impl FnMut() -> String) -> Result<Lifecycle, RequestRefusal> {
    let root = read_kept_document(body, "LifecycleConfiguration", MAX_BYTES)?;
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
    let expiration = element.child("Expiration")?.map(expiration).transpose()?;
    let mut rule = LifecycleRule {
        id: if id.is_empty() { new_id() } else { id.to_owned() },
        prefix: element.child("Prefix")?.map_or("", Element::text).to_owned(),
        is_enabled,
        tags: named(element, "Tag").map(tag).collect::<Result<_, _>>()?,
        removes_markers: matches!(expiration, Some(Expiration::OfMarkers)),
        expiration: expiration.and_then(Expiration::time),
        abort_uploads: element.child("AbortMultipartUpload")?.map(abort).transpose()?,
        transitions: named(element, "Transition").map(transition).collect::<Result<_, _>>()?,
        noncurrent_expiration: element.child(NONCURRENT_EXPIRATION)?.map(noncurrent_expiration).transpose()?,
        noncurrent_transitions: named(element, NONCURRENT_TRANSITION)
            .map(noncurrent_transition)
            .collect::<Result<_, _>>()?,
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

/// What an `Expiration` says: OSS refuses one that says both.
enum Expiration {
    At(LifecycleTime),
    OfMarkers,
}

impl Expiration {
    fn time(self) -> Option<LifecycleTime> {
        match self {
            Self::At(time) => Some(time),
            Self::OfMarkers => None,
        }
    }
}

fn expiration(element: &Element<'_>) -> Result<Expiration, RequestRefusal> {
    expect(element, &["Days", "CreatedBeforeDate", "Date", "ExpiredObjectDeleteMarker"])?;
    let of_markers = boolean(element, "ExpiredObjectDeleteMarker")? == Some(true);
    let mut times = times(element)?;
    match (times.pop(), times.is_empty()) {
        (None, _) if of_markers => Ok(Expiration::OfMarkers),
        (Some(time), true) if !of_markers => Ok(Expiration::At(time)),
        (None, _) => {
            Err(invalid(LifecycleFault::NoExpirationTime, "Expiration has neither Days nor CreatedBeforeDate"))
        }
        (Some(_), _) => Err(invalid(
            LifecycleFault::ExpirationTimes,
            "Expiration has more than one of Days, CreatedBeforeDate and ExpiredObjectDeleteMarker",
        )),
    }
}

fn noncurrent_expiration(element: &Element<'_>) -> Result<u32, RequestRefusal> {
    expect(element, &["NoncurrentDays"])?;
    noncurrent_days(element)
}

fn noncurrent_transition(element: &Element<'_>) -> Result<NoncurrentTransition, RequestRefusal> {
    expect(element, &["NoncurrentDays", "StorageClass", "IsAccessTime"])?;
    Ok(NoncurrentTransition {
        says_modified_time: says_modified_time(element)?,
        days: noncurrent_days(element)?,
        storage_class: storage_class(element)?,
    })
}

fn noncurrent_days(element: &Element<'_>) -> Result<u32, RequestRefusal> {
    let Some(found) = element.child("NoncurrentDays")? else {
        let message = format_args!("{} has no NoncurrentDays", element.name());
        return Err(RequestRefusal::malformed_document(message));
    };
    days(found)
}

fn transition(element: &Element<'_>) -> Result<LifecycleTransition, RequestRefusal> {
    expect(element, &["Days", "CreatedBeforeDate", "StorageClass", "IsAccessTime"])?;
    let says_modified_time = says_modified_time(element)?;
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
    Ok(LifecycleTransition { time, storage_class: storage_class(element)?, says_modified_time })
}

/// Case matters here, as the classes are written in one way only.
fn storage_class(element: &Element<'_>) -> Result<StorageClass, RequestRefusal> {
    let class = text(element, "StorageClass")?;
    let storage_class = StorageClass::ALL.into_iter().find(|known| known.as_str() == class);
    storage_class.ok_or_else(|| invalid(LifecycleFault::StorageClass, "Invalid StorageClass"))
}

/// Whether the document says that the time does not count from the last access.
fn says_modified_time(element: &Element<'_>) -> Result<bool, RequestRefusal> {
    match boolean(element, "IsAccessTime")? {
        None => Ok(false),
        Some(false) => Ok(true),
        Some(true) => Err(RequestRefusal::parameter_not_implemented("IsAccessTime")),
    }
}

fn boolean(element: &Element<'_>, name: &str) -> Result<Option<bool>, RequestRefusal> {
    match text(element, name)? {
        "" => Ok(None),
        "false" => Ok(Some(false)),
        "true" => Ok(Some(true)),
        _ => Err(RequestRefusal::malformed_document(format_args!("{name} is neither true nor false"))),
    }
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
    if let Some(found) = element.child("Days")? {
        times.push(LifecycleTime::Days(days(found)?));
    }
    if let Some(date) = element.child("CreatedBeforeDate")? {
        times.push(LifecycleTime::CreatedBefore(midnight(date)?));
    }
    if let Some(date) = element.child("Date")? {
        times.push(LifecycleTime::Date(midnight(date)?));
    }
    Ok(times)
}

fn days(element: &Element<'_>) -> Result<u32, RequestRefusal> {
    let days = decimal::<u32>(element.trimmed()).filter(|days| (1..=MAX_LIFECYCLE_DAYS).contains(days));
    days.ok_or_else(|| {
        let message = format!("{} must be a positive integer of at most {MAX_LIFECYCLE_DAYS}", element.name());
        invalid(LifecycleFault::Days, message)
    })
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

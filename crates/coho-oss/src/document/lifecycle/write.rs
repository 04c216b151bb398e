//! From the rules to the document, as it was put, and to the header of an object that will expire.

use crate::XmlWriter;
use coho_model::{Lifecycle, LifecycleDue, LifecycleRule, LifecycleTime};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Bytes reserved for one rule.
const RULE_BYTES: usize = 256;
/// What cannot stand between the quotes of a header.
const QUOTED: &AsciiSet = &CONTROLS.add(b'"').add(b'\\').add(b'%');

/// Writes the response.
pub fn to_xml(lifecycle: &Lifecycle) -> Vec<u8> {
    XmlWriter::document("LifecycleConfiguration", RULE_BYTES * lifecycle.rules.len(), |w| {
        for rule in &lifecycle.rules {
            w.element("Rule", |w| write(w, rule));
        }
    })
}

fn write(w: &mut XmlWriter, rule: &LifecycleRule) {
    w.text("ID", &rule.id);
    w.text("Prefix", &rule.prefix);
    w.text("Status", if rule.is_enabled { "Enabled" } else { "Disabled" });
    for tag in &rule.tags {
        write_tag(w, tag);
    }
    if !rule.not.is_empty() || rule.larger_than.is_some() || rule.smaller_than.is_some() {
        w.element("Filter", |w| {
            for not in &rule.not {
                w.element("Not", |w| {
                    w.text("Prefix", &not.prefix);
                    if let Some(tag) = &not.tag {
                        write_tag(w, tag);
                    }
                });
            }
            w.optional("ObjectSizeGreaterThan", rule.larger_than);
            w.optional("ObjectSizeLessThan", rule.smaller_than);
        });
    }
    if let Some(time) = rule.expiration {
        w.element("Expiration", |w| write_time(w, time));
    }
    if rule.removes_markers {
        w.element("Expiration", |w| w.text("ExpiredObjectDeleteMarker", "true"));
    }
    for transition in &rule.transitions {
        w.element("Transition", |w| {
            write_time(w, transition.time);
            w.text("StorageClass", transition.storage_class.as_str());
            if transition.says_modified_time {
                w.text("IsAccessTime", "false");
            }
        });
    }
    if let Some(time) = rule.abort_uploads {
        w.element("AbortMultipartUpload", |w| write_time(w, time));
    }
    if let Some(days) = rule.noncurrent_expiration {
        w.element("NoncurrentVersionExpiration", |w| w.value("NoncurrentDays", days));
    }
    for transition in &rule.noncurrent_transitions {
        w.element("NoncurrentVersionTransition", |w| {
            w.value("NoncurrentDays", transition.days);
            w.text("StorageClass", transition.storage_class.as_str());
            if transition.says_modified_time {
                w.text("IsAccessTime", "false");
            }
        });
    }
}

fn write_tag(w: &mut XmlWriter, (key, value): &(String, String)) {
    w.element("Tag", |w| {
        w.text("Key", key);
        w.text("Value", value);
    });
}

fn write_time(w: &mut XmlWriter, time: LifecycleTime) {
    match time {
        LifecycleTime::Days(days) => w.value("Days", days),
        LifecycleTime::CreatedBefore(date) => w.text("CreatedBeforeDate", &date.iso8601()),
        LifecycleTime::Date(date) => w.text("Date", &date.iso8601()),
    }
}

/// The value of `x-oss-expiration`. What a header cannot hold of the id is percent-encoded.
pub fn expiration_header(due: &LifecycleDue<'_>) -> String {
    let id = utf8_percent_encode(&due.rule.id, QUOTED);
    format!("expiry-date=\"{}\", rule-id=\"{id}\"", due.at.http_date())
}

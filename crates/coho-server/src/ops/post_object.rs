//! PostObject: a PutObject whose key, headers and signature are the fields of an HTML form.

use super::{Outcome, complete_multipart_upload::location, put_object, with_headers};
use crate::{
    admit::admit_write,
    answer::{header_value, xml},
    call::Call,
    callback,
    failure::Failure,
    form_body::{FormFile, ReadForm, read_fields},
    object_headers,
};
use coho_auth::{FormClaims, Identity};
use coho_model::{BucketRecord, ObjectRecord, RequestRefusal};
use coho_oss::form::{self, FormPolicy, SizeRange};
use coho_store::AnnouncedBody;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::borrow::Cow;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let form = read_fields(&call.headers, &mut call.body).await?;
    let sizes = admit_form(call, &bucket, &form).await?;
    call.limit_body()?;
    let mut put = put_object::described(call, &bucket).await?;
    // The body's length is that of the form.
    put.expected = AnnouncedBody { length: None, ..put.expected };
    let callback = match coho_oss::callback::of_form(&form.fields, call.key()?.as_str())? {
        Some(callback) => Some(call.prepare_callback(callback).await?),
        None => None,
    };
    let end = FormEnding::of(&form);
    let store = call.context.store.clone();
    let mut file = FormFile::new(form, &mut call.body, sizes);
    let object = match store.put_object(&bucket, put, &mut file).await {
        Ok(object) => object,
        Err(error) => return Err(file.failure(error)),
    };
    let mut headers = put_object::written(&object);
    object_headers::insert_encryption(&mut headers, object.algorithm());
    object_headers::insert_version(&mut headers, &bucket, object.version);
    match callback {
        // The answer of the application takes the place of that which the form wants.
        Some(callback) => callback::finish(call, &bucket, &object, callback, headers).await,
        None => end.answer(call, &bucket, &object, headers),
    }
}

/// Makes the call that of the form's sender, with the form's key and headers, and refuses what the sender may not do. Gives the
/// sizes that the file may have.
async fn admit_form(call: &mut Call, bucket: &BucketRecord, form: &ReadForm) -> Result<SizeRange, Failure> {
    if !matches!(call.identity, Identity::Administrator { .. }) {
        let claims = FormClaims { field: &|name| form.fields.get(name) };
        call.identity = call.context.authenticate_form(&claims, call.now)?;
    }
    let sizes = check_policy(call, bucket, form)?;
    call.key = Some(form.fields.object_key(&form.file)?);
    call.headers = form.fields.headers(&call.headers, &form.file)?;
    call.operation.check_headers(&call.method, &call.headers)?;
    admit_write(call, bucket).await?;
    Ok(sizes)
}

/// The policy is about the fields as they are sent, the bucket, and the type that the object gets.
fn check_policy(call: &Call, bucket: &BucketRecord, form: &ReadForm) -> Result<SizeRange, Failure> {
    let Some(json) = form.fields.policy().map_err(RequestRefusal::from)? else {
        return Ok(SizeRange { min: 0, max: u64::MAX });
    };
    let policy = FormPolicy::parse(&json).map_err(RequestRefusal::from)?;
    let value = |field: &str| match field {
        "bucket" => Some(Cow::Borrowed(bucket.name.as_str())),
        "content-type" => form.fields.content_type(&form.file).map(Cow::Borrowed),
        field => form.fields.get(field).map(Cow::Borrowed),
    };
    Ok(policy.check(call.now, value).map_err(RequestRefusal::from)?)
}

/// What the form wants to be answered.
struct FormEnding {
    status: StatusCode,
    redirect: Option<String>,
}

impl FormEnding {
    /// OSS: other statuses than these three are 204.
    fn of(form: &ReadForm) -> Self {
        let status = match form.fields.get("success_action_status").map(str::trim) {
            Some("200") => StatusCode::OK,
            Some("201") => StatusCode::CREATED,
            _ => StatusCode::NO_CONTENT,
        };
        Self { status, redirect: form.fields.present("success_action_redirect").map(str::to_owned) }
    }

    fn answer(self, call: &Call, bucket: &BucketRecord, object: &ObjectRecord, mut headers: HeaderMap) -> Outcome {
        if let Some(url) = self.redirect_url(call, bucket, object)? {
            headers.insert(header::LOCATION, url);
            return with_headers(StatusCode::SEE_OTHER, headers);
        }
        if self.status != StatusCode::CREATED {
            return with_headers(self.status, headers);
        }
        self.document(call, bucket, object, headers)
    }

    fn redirect_url(
        &self,
        call: &Call,
        bucket: &BucketRecord,
        object: &ObjectRecord,
    ) -> Result<Option<HeaderValue>, Failure> {
        let Some(url) = &self.redirect else { return Ok(None) };
        let url = form::redirect_url(url, &bucket.name, call.key()?, object.etag);
        Ok(url.and_then(|url| HeaderValue::from_bytes(url.as_bytes()).ok()))
    }

    fn document(&self, call: &Call, bucket: &BucketRecord, object: &ObjectRecord, headers: HeaderMap) -> Outcome {
        let key = call.key()?;
        let location = location(call, key);
        let mut response = xml(form::to_xml(&bucket.name, key, object.etag, &location))?;
        *response.status_mut() = self.status;
        response.headers_mut().extend(headers);
        response.headers_mut().insert(header::LOCATION, header_value(&location));
        Ok(response)
    }
}

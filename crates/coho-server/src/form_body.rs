//! The body of a form upload: its fields, which are kept, and its file, which is passed on as it arrives.

use crate::{
    body::IncomingBody,
    failure::{Failure, FailureKind},
};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::{InvalidForm, RequestRefusal};
use coho_oss::form::{FilePart, FormEvent, FormFields, MultipartParser, SizeRange, boundary};
use coho_store::{BodyError, BodySource, StoreError};
use http::{HeaderMap, header};

/// Bytes that a field takes beside its name and its value.
const FIELD_OVERHEAD_BYTES: usize = 64;

/// A form whose file has not been read.
#[derive(Debug)]
pub(crate) struct ReadForm {
    pub(crate) fields: FormFields,
    pub(crate) file: FilePart,
    parser: MultipartParser,
}

/// Reads a form up to its file. What is kept of it counts as a document of the client.
pub(crate) async fn read_fields(headers: &HeaderMap, body: &mut IncomingBody) -> Result<ReadForm, Failure> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parser = MultipartParser::new(&boundary(content_type).map_err(RequestRefusal::from)?);
    let (mut fields, mut kept_bytes) = (FormFields::default(), 0);
    loop {
        match parser.next_event().map_err(RequestRefusal::from)? {
            Some(FormEvent::Field { name, value }) => {
                kept_bytes += name.len() + value.len() + FIELD_OVERHEAD_BYTES;
                fields.add(&name, value);
            }
            Some(FormEvent::File(file)) => return Ok(ReadForm { fields, file, parser }),
            Some(FormEvent::Data(_) | FormEvent::End) => return Err(RequestRefusal::from(InvalidForm::NoFile).into()),
            None => {
                let Some(bytes) = body.next().await.map_err(StoreError::Body)? else {
                    return Err(RequestRefusal::from(InvalidForm::Malformed("it ends before its file")).into());
                };
                body.hold(kept_bytes + parser.kept_bytes() + bytes.len())?;
                parser.push(&bytes);
            }
        }
    }
}

/// The file of a form, as the source of a write.
pub(crate) struct FormFile<'a> {
    body: &'a mut IncomingBody,
    parser: MultipartParser,
    sizes: SizeRange,
    size: u64,
    /// Why nothing more of the file is taken.
    refusal: Option<InvalidForm>,
}

impl<'a> FormFile<'a> {
    /// The file of that form, of which these sizes are allowed.
    pub(crate) fn new(form: ReadForm, body: &'a mut IncomingBody, sizes: SizeRange) -> Self {
        Self { body, parser: form.parser, sizes, size: 0, refusal: None }
    }

    /// The failure of a write: what is wrong with the form precedes that its body is incomplete.
    pub(crate) fn failure(self, error: StoreError) -> Failure {
        match self.refusal {
            Some(invalid) => FailureKind::Request(Box::new(invalid.into())).into(),
            None => error.into(),
        }
    }

    fn refuse(&mut self, invalid: InvalidForm) -> BodyError {
        self.refusal = Some(invalid);
        BodyError::Incomplete
    }

    fn take(&mut self, bytes: Bytes) -> Result<Bytes, BodyError> {
        self.size += bytes.len() as u64;
        let max = self.sizes.max;
        if self.size > max { Err(self.refuse(InvalidForm::FileTooLarge { max })) } else { Ok(bytes) }
    }

    fn end(&mut self) -> Result<(), BodyError> {
        let (size, min) = (self.size, self.sizes.min);
        if size < min { Err(self.refuse(InvalidForm::FileTooSmall { size, min })) } else { Ok(()) }
    }
}

#[async_trait]
impl BodySource for FormFile<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.parser.next_event() {
                Ok(Some(FormEvent::Data(bytes))) => return self.take(bytes).map(Some),
                Ok(Some(FormEvent::End)) => return self.end().map(|()| None),
                Ok(Some(FormEvent::Field { .. } | FormEvent::File(_))) => {
                    return Err(self.refuse(InvalidForm::Malformed("a part is within the file")));
                }
                Err(invalid) => return Err(self.refuse(invalid)),
                Ok(None) => match self.body.next().await? {
                    Some(bytes) => self.parser.push(&bytes),
                    None => return Err(self.refuse(InvalidForm::Malformed("it ends within its file"))),
                },
            }
        }
    }
}

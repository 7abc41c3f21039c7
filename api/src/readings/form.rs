//! The fields of `POST /v1/analyses`, read as they stream in, and then checked together.

use std::sync::Arc;

use actix_multipart::{Field, Multipart};
use futures_util::TryStreamExt;
use kernel::Error;
use kernel::text::without_nul;
use people::idempotency::queries::Fingerprint;
use readings::model::FocusArea;
use readings::rules;
use tokio::sync::Semaphore;

use super::parts::{bytes_of, drain, malformed};
use super::spool::{Room, Spool, Upload};
use crate::http::extract::{Caller, telegram_id};
use crate::http::idempotency;
use crate::http::middleware::bodies::too_large;
use crate::people::persons::Whom;

/// The most bytes of a field that is not the photo: [`rules::TEXT_MAX_CHARS`] of four bytes.
const FIELD_MAX: usize = rules::TEXT_MAX_CHARS * 4;

/// The most fields of a form.
const FIELDS_MAX: usize = 32;

/// The most bytes of unknown fields together.
const PASSED_OVER_MAX: usize = 1024 * 1024;

/// The fields as they were sent.
#[derive(Default)]
pub(super) struct Form {
    /// Until there is an image.
    room: Option<Room>,
    image: Option<Spool>,
    text: Option<String>,
    focus_area: Option<String>,
    telegram_user_id: Option<String>,
    message_id: Option<String>,
    telegram_file_id: Option<String>,
    consent: Option<String>,
    /// Bytes of unknown fields.
    passed_over: usize,
}

/// What is to be read, for whom.
pub(super) struct Wanted {
    pub person: Whom,
    pub source: Source,
    /// Over all of the fields; if it was asked for.
    pub fingerprint: Option<Fingerprint>,
    pub focus_area: FocusArea,
    /// Whether a service has brought a photo of the chat and names no focus area: the person may have chosen one there.
    pub focus_of_chat: bool,
    pub message_id: Option<i64>,
    /// Whether a service says that it has the person's consent.
    pub consent_obtained: bool,
}

/// What a reading is made from.
pub(super) enum Source {
    Photo(Upload),
    /// Telegram's id of a photo that the bot can fetch.
    File(String),
    Words(String),
}

/// Reads a form without the rest of its request.
///
/// # Errors
/// The first fault.
pub async fn read_alone(multipart: Multipart) -> Result<(), Error> {
    let room = Room::of(&Arc::new(Semaphore::new(1_024)), None).await;
    Form::read(multipart, room).await.map(drop)
}

impl Form {
    /// Reads a form, in bounded memory.
    ///
    /// # Errors
    /// The first fault.
    pub(super) async fn read(mut multipart: Multipart, room: Room) -> Result<Self, Error> {
        let mut form = Self {
            room: Some(room),
            ..Self::default()
        };
        let mut count = 0;
        while let Some(mut field) = multipart.try_next().await.map_err(malformed)? {
            count += 1;
            let read = match count {
                ..=FIELDS_MAX => form.read_field(&mut field).await,
                _ => Err(Error::invalid(
                    "body",
                    format!("more than {FIELDS_MAX} fields"),
                )),
            };
            if let Err(why) = read {
                drop(field);
                drain(&mut multipart).await;
                return Err(why);
            }
        }
        Ok(form)
    }

    async fn read_field(&mut self, field: &mut Field) -> Result<(), Error> {
        let (name, slot) = match field.name() {
            Some("image") => return self.read_image(field).await,
            Some("text") => ("text", &mut self.text),
            Some("focus_area") => ("focus_area", &mut self.focus_area),
            Some("telegram_user_id") => ("telegram_user_id", &mut self.telegram_user_id),
            Some("message_id") => ("message_id", &mut self.message_id),
            Some("consent") => ("consent", &mut self.consent),
            Some("telegram_file_id") => ("telegram_file_id", &mut self.telegram_file_id),
            _ => return self.pass_over(field).await,
        };
        if slot.is_some() {
            return Err(Error::invalid(name, "given more than once"));
        }
        let too_long = || Error::invalid(name, "too long");
        let bytes = bytes_of(field, FIELD_MAX, too_long).await?;
        let text = str::from_utf8(&bytes).map_err(|_| Error::invalid(name, "not UTF-8"))?;
        *slot = Some(without_nul(text).into_owned());
        Ok(())
    }

    async fn read_image(&mut self, field: &mut Field) -> Result<(), Error> {
        if self.image.is_some() {
            return Err(Error::invalid("image", "given more than once"));
        }
        let room = self.room.take().unwrap_or_default();
        let spool = self.image.insert(Spool::with(room));
        while let Some(chunk) = field.try_next().await.map_err(malformed)? {
            spool.push(&chunk).await?;
        }
        if spool.is_empty() {
            // What a browser sends for a file that was not chosen.
            self.room = self.image.take().map(Spool::into_room);
        }
        Ok(())
    }

    /// Form builders often send additional fields; of those no more than so much is read.
    async fn pass_over(&mut self, field: &mut Field) -> Result<(), Error> {
        while let Some(chunk) = field.try_next().await.map_err(malformed)? {
            self.passed_over += chunk.len();
            if self.passed_over > PASSED_OVER_MAX {
                return Err(too_large(PASSED_OVER_MAX));
            }
        }
        Ok(())
    }

    /// The person that the form names, if it is one.
    pub(super) fn named(&self) -> Option<i64> {
        telegram_id(self.telegram_user_id.as_deref()?)
    }

    /// Checks the fields together.
    ///
    /// # Errors
    /// What is missing, wrong, or not for this caller.
    pub(super) async fn judge(
        self,
        caller: &Caller,
        in_header: Option<Whom>,
        keyed: bool,
    ) -> Result<Wanted, Error> {
        let file = file_id(caller, self.telegram_file_id)?;
        let focus = self.focus_area.as_deref().map(str::trim);
        let focus = focus.filter(|focus| !focus.is_empty());
        let focus_area = rules::focus_area(focus)?;
        let named = number("telegram_user_id", self.telegram_user_id)?;
        let message_id = number("message_id", self.message_id)?;
        let person = person(caller, in_header, named)?;
        let consent_obtained = consent(caller, self.consent)?;
        let source = match (self.image, file, rules::words(self.text.as_deref())?) {
            (Some(spool), None, None) => Source::Photo(spool.finish().await?),
            (None, Some(file), None) => Source::File(file),
            (None, None, Some(words)) => Source::Words(words),
            (None, None, None) => {
                return Err(Error::missing("image", "send either image or text"));
            }
            _ => {
                return Err(Error::invalid(
                    "image",
                    "send exactly one of image, text and telegram_file_id",
                ));
            }
        };
        let is_photo = !matches!(source, Source::Words(_));
        let is_of_chat = caller.is_of_operators() && message_id.is_some();
        let mut wanted = Wanted {
            person,
            source,
            fingerprint: None,
            focus_area,
            focus_of_chat: focus.is_none() && is_photo && is_of_chat,
            message_id,
            consent_obtained,
        };
        if keyed {
            wanted.fingerprint = Some(wanted.fingerprint().await?);
        }
        Ok(wanted)
    }
}

impl Wanted {
    /// The same for the same fields, however the form is put together: its boundary is another one
    /// with every try.
    async fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let (kind, source) = match &self.source {
            Source::Photo(upload) => ("image", upload.digest().await?.to_vec()),
            Source::File(id) => ("telegram_file_id", id.clone().into_bytes()),
            Source::Words(words) => ("text", words.clone().into_bytes()),
        };
        let person = self.person.key().bytes();
        let message = self.message_id.map(i64::to_le_bytes).unwrap_or_default();
        let parts = [
            person.as_slice(),
            message.as_slice(),
            self.focus_area.as_str().as_bytes(),
            kind.as_bytes(),
            source.as_slice(),
        ];
        Ok(idempotency::fingerprint("POST /v1/analyses", &parts))
    }
}

/// The longest id of a file that is taken; Telegram's have less than a hundred characters.
const FILE_ID_MAX: usize = 256;

/// Only a service may name a file: a person could name one of another person.
fn file_id(caller: &Caller, raw: Option<String>) -> Result<Option<String>, Error> {
    let Some(id) = raw
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
    else {
        return Ok(None);
    };
    if !caller.is_of_operators() {
        return Err(Error::Forbidden(
            "only a service can name a file of Telegram",
        ));
    }
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if id.len() > FILE_ID_MAX || !id.bytes().all(known) {
        return Err(Error::invalid("telegram_file_id", "not a Telegram file id"));
    }
    Ok(Some(id))
}

/// Only a service may say that it has a person's consent: a person gives it by
/// `PUT /v1/users/me/consents`.
fn consent(caller: &Caller, raw: Option<String>) -> Result<bool, Error> {
    match (raw.as_deref().map(str::trim), caller) {
        (None | Some(""), _) => Ok(false),
        (Some("obtained"), caller) if caller.is_of_operators() => Ok(true),
        (Some("obtained"), _) => Err(Error::Forbidden(
            "only a service can say that it has a person's consent",
        )),
        (Some(_), _) => Err(Error::invalid("consent", "must be `obtained`, or left out")),
    }
}

/// The person that the form names, or the header, and no two; else the one that the caller acts for.
fn person(caller: &Caller, in_header: Option<Whom>, in_form: Option<i64>) -> Result<Whom, Error> {
    match (in_form, in_header, caller) {
        (Some(id), Some(other), _) if Some(id) != other.telegram_id() => Err(Error::Forbidden(
            "the form names another person than X-Telegram-User-Id",
        )),
        (Some(id), _, _) => caller.person(id),
        (None, Some(person), _) => Ok(person),
        (None, None, Caller::Person(whom)) => Ok(whom.clone()),
        (None, None, Caller::Service(service)) => {
            let only = service.only_person()?;
            only.ok_or_else(|| {
                Error::missing(
                    "telegram_user_id",
                    "required for a service: the Telegram id of the person it acts for",
                )
            })
        }
    }
}

/// Telegram's ids have at most 52 significant bits.
fn number(name: &'static str, raw: Option<String>) -> Result<Option<i64>, Error> {
    let Some(raw) = raw.filter(|raw| !raw.trim().is_empty()) else {
        return Ok(None);
    };
    let number = raw
        .trim()
        .parse()
        .ok()
        .filter(|number| (1..1i64 << 52).contains(number));
    number
        .map(Some)
        .ok_or_else(|| Error::invalid(name, "must be a positive number"))
}

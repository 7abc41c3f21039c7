//! Time zones as devices report them. Browsers keep the first name of a zone for ever (CLDR), while the tz database
//! renames it, and some systems install its old names apart (Debian's `tzdata-legacy`), so that Postgres may not know
//! them.

use kernel::Error;

use crate::state::ApiState;

/// The names of CLDR that the tz database has as links alone (its file `backward`), with those it has now.
const RENAMED: [(&str, &str); 19] = [
    ("Africa/Asmera", "Africa/Asmara"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("America/Catamarca", "America/Argentina/Catamarca"),
    ("America/Coral_Harbour", "America/Atikokan"),
    ("America/Cordoba", "America/Argentina/Cordoba"),
    ("America/Godthab", "America/Nuuk"),
    ("America/Indianapolis", "America/Indiana/Indianapolis"),
    ("America/Jujuy", "America/Argentina/Jujuy"),
    ("America/Louisville", "America/Kentucky/Louisville"),
    ("America/Mendoza", "America/Argentina/Mendoza"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Asia/Katmandu", "Asia/Kathmandu"),
    ("Asia/Rangoon", "Asia/Yangon"),
    ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Atlantic/Faeroe", "Atlantic/Faroe"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Pacific/Enderbury", "Pacific/Kanton"),
    ("Pacific/Ponape", "Pacific/Pohnpei"),
    ("Pacific/Truk", "Pacific/Chuuk"),
];

/// The name under which a zone is stored: the newest one that Postgres knows.
///
/// # Errors
/// E105 for what is no zone; those of the database.
pub(crate) async fn stored(state: &ApiState, name: String) -> Result<String, Error> {
    let renamed = RENAMED.iter().find(|(old, _)| *old == name);
    if let Some((_, new)) = renamed
        && state.is_timezone(new).await?
    {
        return Ok((*new).to_owned());
    }
    if state.is_timezone(&name).await? {
        return Ok(name);
    }
    let why = "not an IANA time zone (example: Europe/Moscow)";
    Err(Error::invalid("timezone", why))
}

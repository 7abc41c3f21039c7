//! The page that says why a photo or a question is not taken yet: when it will be, and the ways on.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use kernel::Language::{En, Ru, Zh};
use people::users::model::User;

use super::plans::{Standing, remind};
use super::{Page, moment, text, to_plans};

/// The page, by what is left now.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn page(conn: &mut AsyncPgConnection, user: &User) -> Result<Page, Error> {
    let language = user.language();
    let standing = Standing::of(conn, user).await?;
    let mut keyboard = standing.ways_on(language);
    let html = if standing.is_trial_over() {
        text(
            language,
            [
                "☕ I have not read this yet: your trial has ended. Go on for free or take a month of a plan, and send it to me again.",
                "☕ Я пока не прочла это: пробный период закончился. Продолжите бесплатно или возьмите месяц тарифа — и пришлите ещё раз.",
                "☕ 这次还没有解读：您的试用期已结束。您可以继续使用免费版，或购买一个月的套餐，然后再发给我一次。",
            ],
        )
        .to_owned()
    } else if let Some(at) = standing.free_at() {
        let when = moment(conn, user, at).await?;
        if !user.notices.limit_free {
            keyboard.push(vec![remind(language)]);
        }
        match language {
            En => format!(
                "☕ I have not read this yet: your readings are used up for now. New ones come {when}. Send it to me again then, or go on right away:"
            ),
            Ru => format!(
                "☕ Я пока не прочла это: чтения закончились. Новые появятся {when}. Пришлите ещё раз тогда или продолжите прямо сейчас:"
            ),
            Zh => format!(
                "☕ 这次还没有解读：您的次数暂时用完了，将于{when}恢复。届时请再发给我一次，或者现在就继续："
            ),
        }
    } else {
        text(
            language,
            [
                "☕ I did not read this because your readings were used up. There are new ones now: please send it to me again.",
                "☕ Я не прочла это: чтения закончились. Теперь есть новые — пришлите, пожалуйста, ещё раз.",
                "☕ 因为次数已用完，这次没有解读。现在有新的次数了，请再发给我一次。",
            ],
        )
        .to_owned()
    };
    keyboard.push(vec![to_plans(language)]);
    Ok(Page { html, keyboard })
}

//! The link by which a person brings others, and what is said about it.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use people::users::model::User;
use vendors::messenger::{Action, Button, Keyboard};

use crate::referrals;

/// What is said, with the person's own link behind a button, and how many have come by it.
///
/// # Errors
/// Those of the database.
pub(crate) async fn offer(
    conn: &mut AsyncPgConnection,
    user: &User,
) -> Result<(String, Keyboard), Error> {
    let language = user.language();
    let brought = referrals::brought(conn, user.id).await?;
    let argument = referrals::link(conn, user.id).await?;
    let text = words(language).to_owned();
    let button = Button {
        text: button(language).to_owned(),
        action: Action::Share { argument, text },
    };
    let html = format!("{}\n\n{}", invitation(language), count(brought, language));
    Ok((html, vec![vec![button]]))
}

pub(crate) fn invitation(language: Language) -> &'static str {
    match language {
        En => {
            "🎁 <b>Invite a friend</b>\n\nPress the button and choose to whom your own link goes. A friend who comes by it for the first time gets one more reading, and with the first friend so do you. The link does not say who you are."
        }
        Ru => {
            "🎁 <b>Пригласите друга</b>\n\nНажмите кнопку и выберите, кому отправить вашу личную ссылку. Друг, который придёт по ней впервые, получит одно чтение в подарок, а за первого друга — и вы тоже. Ссылка не раскрывает, кто вы."
        }
        Zh => {
            "🎁 <b>邀请朋友</b>\n\n点击按钮，选择要把您的专属链接发给谁。首次通过链接到来的朋友会多得一次解读；您邀请到第一位朋友时，也会多得一次。链接不会透露您是谁。"
        }
    }
}

fn count(brought: i64, language: Language) -> String {
    match language {
        En => format!("Friends who have come by your link: {brought}."),
        Ru => format!("По вашей ссылке пришло друзей: {brought}."),
        Zh => format!("通过您的链接到来的朋友：{brought} 位。"),
    }
}

fn button(language: Language) -> &'static str {
    match language {
        En => "🎁 Send my link",
        Ru => "🎁 Отправить ссылку",
        Zh => "🎁 发送我的链接",
    }
}

/// What the friend reads beside the link.
fn words(language: Language) -> &'static str {
    match language {
        En => "☕ Send a photo of your coffee cup, and have the grounds read.",
        Ru => "☕ Пришли фото своей кофейной чашки — и узнай, что в гуще.",
        Zh => "☕ 拍张咖啡杯的照片，看看咖啡渣里有什么。",
    }
}

/// To the person whose link has brought the first friend.
pub(crate) fn friend_came(language: Language) -> &'static str {
    match language {
        En => {
            "🎁 A friend has come by your link. Thank you! One more reading is yours, beyond your plan. It waits until you need it."
        }
        Ru => {
            "🎁 По вашей ссылке пришёл друг. Спасибо! Вам подарено ещё одно чтение сверх тарифа. Оно подождёт, пока не понадобится."
        }
        Zh => "🎁 有朋友通过您的链接来了。谢谢您！除套餐外，再送您一次解读，需要时随时可用。",
    }
}

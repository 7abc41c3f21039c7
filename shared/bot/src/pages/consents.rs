//! The pages about the consent of a person.

use diesel_async::AsyncPgConnection;
use kernel::Language::{En, Ru, Zh};
use kernel::{Error, Language};
use people::users::model::User;
use people::users::queries;
use vendors::messenger::Button;

use super::{Page, SETTINGS, back, moment, text};
use crate::consent;

/// What the person has agreed to, with a button that withdraws or gives it.
pub(super) async fn page(conn: &mut AsyncPgConnection, user: &User) -> Result<Page, Error> {
    let language = user.language();
    let given = queries::consents(conn, user.id).await?;
    let since = given.consent_terms_at.max(given.consent_privacy_at);
    let (html, choice) = if given.are_given() {
        let when = match since {
            Some(at) => Some(moment(conn, user, at).await?),
            None => None,
        };
        let withdraw = text(language, ["Withdraw it", "Отозвать", "撤回同意"]);
        (
            agreed(when.as_deref(), language),
            Button::press(withdraw, "settings:withdrawal"),
        )
    } else {
        (not_agreed(language).to_owned(), consent::button(language))
    };
    Ok(Page {
        html,
        keyboard: vec![vec![choice], vec![back(SETTINGS, language)]],
    })
}

fn agreed(when: Option<&str>, language: Language) -> String {
    let line = text(
        language,
        [
            "🤝 You have agreed to the terms of use and the privacy policy: /terms, /privacy",
            "🤝 Вы приняли условия использования и политику конфиденциальности: /terms, /privacy",
            "🤝 您已同意使用条款和隐私政策：/terms、/privacy",
        ],
    );
    match (when, language) {
        (None, _) => line.to_owned(),
        (Some(when), En) => format!("{line}\nSince: {when}"),
        (Some(when), Ru) => format!("{line}\nКогда: {when}"),
        (Some(when), Zh) => format!("{line}\n时间：{when}"),
    }
}

fn not_agreed(language: Language) -> &'static str {
    text(
        language,
        [
            "🤝 You have not agreed to the terms of use and the privacy policy as they are now (/terms, /privacy). Without that I read nothing.",
            "🤝 Вы не приняли условия использования и политику конфиденциальности в нынешнем виде (/terms, /privacy). Без этого я ничего не читаю.",
            "🤝 您尚未同意当前的使用条款和隐私政策（/terms、/privacy）。未经同意，我不会进行解读。",
        ],
    )
}

/// The question whether consent is to be withdrawn.
pub(super) fn confirm_withdrawal(language: Language) -> Page {
    let html = text(
        language,
        [
            "🤝 Withdraw your consent? What is being read stops, and I read nothing more until you agree again. What I have stays until you have it deleted.",
            "🤝 Отозвать согласие? Начатые чтения остановятся, и я ничего не буду читать, пока вы снова не согласитесь. То, что уже есть, останется, пока вы это не удалите.",
            "🤝 要撤回同意吗？正在进行的解读会停止，在您再次同意之前我不会再解读。已有的内容会保留，直到您要求删除。",
        ],
    );
    let yes = text(language, ["Yes, withdraw", "Да, отозвать", "是的，撤回"]);
    Page {
        html: html.to_owned(),
        keyboard: vec![
            vec![back("settings:consents", language)],
            vec![Button::press(yes, "settings:withdraw")],
        ],
    }
}

//! What the bot understands: the answer to `/help`, and to a command that it does not know.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};

use crate::commands;

pub(crate) fn help(language: Language) -> String {
    let text = match language {
        En => {
            "☕ <b>What I understand</b>\n\n• A photo of your cup, from above and in good light: I read it. It may also come as a file (JPEG, PNG, WebP). Write beneath it what is on your mind, and I read with that in view.\n• A question after a reading: I answer it from what stands in your cup.\n• These commands:"
        }
        Ru => {
            "☕ <b>Что я понимаю</b>\n\n• Фото вашей чашки — сверху и при хорошем свете: я прочту её. Можно прислать и файлом (JPEG, PNG, WebP). Напишите под фото, что вас волнует, и я учту это.\n• Вопрос после чтения: отвечу на него по вашей чашке.\n• Команды:"
        }
        Zh => {
            "☕ <b>我能理解什么</b>\n\n• 杯子的照片，请在光线充足处从上方拍摄：我来解读。也可以作为文件发送（JPEG、PNG、WebP）。在照片下写几句您正在想的事，我会结合起来解读。\n• 解读之后的提问：我会根据您的杯子回答。\n• 这些命令："
        }
    };
    format!("{text}\n\n{}", commands::lines(language))
}

pub(crate) fn unknown_command(language: Language) -> String {
    let text = match language {
        En => "☕ I do not know this command. These are the ones that I know:",
        Ru => "☕ Такой команды я не знаю. Вот те, что знаю:",
        Zh => "☕ 我不认识这个命令。我认识的有：",
    };
    format!("{text}\n\n{}", commands::lines(language))
}

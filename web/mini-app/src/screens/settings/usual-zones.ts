/** Time zones that most people live in, by the city that they are known by. */
import type { Language } from "../../texts/language";

const NAMES = `Europe/Kaliningrad|Kaliningrad|Калининград|加里宁格勒
Europe/Moscow|Moscow|Москва|莫斯科
Europe/Samara|Samara|Самара|萨马拉
Asia/Yekaterinburg|Yekaterinburg|Екатеринбург|叶卡捷琳堡
Asia/Omsk|Omsk|Омск|鄂木斯克
Asia/Novosibirsk|Novosibirsk|Новосибирск|新西伯利亚
Asia/Krasnoyarsk|Krasnoyarsk|Красноярск|克拉斯诺亚尔斯克
Asia/Irkutsk|Irkutsk|Иркутск|伊尔库茨克
Asia/Yakutsk|Yakutsk|Якутск|雅库茨克
Asia/Vladivostok|Vladivostok|Владивосток|符拉迪沃斯托克
Asia/Magadan|Magadan|Магадан|马加丹
Asia/Kamchatka|Kamchatka|Камчатка|堪察加
Europe/Minsk|Minsk|Минск|明斯克
Europe/Kiev|Kyiv|Киев|基辅
Asia/Almaty|Almaty|Алматы|阿拉木图
Asia/Tashkent|Tashkent|Ташкент|塔什干
Asia/Tbilisi|Tbilisi|Тбилиси|第比利斯
Asia/Yerevan|Yerevan|Ереван|埃里温
Asia/Baku|Baku|Баку|巴库
Europe/Istanbul|Istanbul|Стамбул|伊斯坦布尔
Asia/Jerusalem|Jerusalem|Иерусалим|耶路撒冷
Asia/Dubai|Dubai|Дубай|迪拜
Asia/Calcutta|Delhi|Дели|德里
Asia/Bangkok|Bangkok|Бангкок|曼谷
Asia/Singapore|Singapore|Сингапур|新加坡
Asia/Shanghai|Beijing|Пекин|北京
Asia/Urumqi|Urumqi|Урумчи|乌鲁木齐
Asia/Hong_Kong|Hong Kong|Гонконг|香港
Asia/Taipei|Taipei|Тайбэй|台北
Asia/Tokyo|Tokyo|Токио|东京
Asia/Seoul|Seoul|Сеул|首尔
Australia/Sydney|Sydney|Сидней|悉尼
Pacific/Auckland|Auckland|Окленд|奥克兰
Europe/London|London|Лондон|伦敦
Europe/Lisbon|Lisbon|Лиссабон|里斯本
Europe/Madrid|Madrid|Мадрид|马德里
Europe/Paris|Paris|Париж|巴黎
Europe/Berlin|Berlin|Берлин|柏林
Europe/Athens|Athens|Афины|雅典
Africa/Cairo|Cairo|Каир|开罗
Africa/Lagos|Lagos|Лагос|拉各斯
Africa/Nairobi|Nairobi|Найроби|内罗毕
Africa/Johannesburg|Johannesburg|Йоханнесбург|约翰内斯堡
America/Sao_Paulo|São Paulo|Сан-Паулу|圣保罗
America/Buenos_Aires|Buenos Aires|Буэнос-Айрес|布宜诺斯艾利斯
America/Bogota|Bogotá|Богота|波哥大
America/Mexico_City|Mexico City|Мехико|墨西哥城
America/New_York|New York|Нью-Йорк|纽约
America/Toronto|Toronto|Торонто|多伦多
America/Chicago|Chicago|Чикаго|芝加哥
America/Denver|Denver|Денвер|丹佛
America/Los_Angeles|Los Angeles|Лос-Анджелес|洛杉矶`;

const CITIES = new Map(
  NAMES.split("\n").map((line) => {
    const [zone = "", en = "", ru = "", zh = ""] = line.split("|");
    return [zone, { en, ru, zh } satisfies Record<Language, string>];
  }),
);

export const USUAL: readonly string[] = [...CITIES.keys()];

/** The city of a usual zone in a language; `undefined` for other zones. */
export const usualCity = (zone: string, language: Language): string | undefined =>
  CITIES.get(zone)?.[language];

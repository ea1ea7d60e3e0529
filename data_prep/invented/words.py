"""The words of the small English and the concepts behind them; a concept's key is also its gloss in the signing."""

PRONOUNS = {
    "ME": ("i", "me"),
    "YOU": ("you", "you"),
    "WE": ("we", "us"),
    "THEY": ("they", "them"),
    "SHE": ("she", "her"),
}
OWNERS = {"MY": "my", "YOUR": "your", "OUR": "our", "THEIR": "their"}
KIN = {word.upper(): word for word in "mother father sister brother son daughter uncle aunt friend neighbour".split()}
PERSONS = {word.upper(): word for word in "teacher doctor baker farmer driver nurse student singer".split()}
FOODS = {  # concept: (one, many); a food without a plural is not counted
    "APPLE": ("apple", "apples"),
    "EGG": ("egg", "eggs"),
    "CAKE": ("cake", "cakes"),
    "FISH": ("fish", ""),
    "BREAD": ("bread", ""),
    "SOUP": ("soup", ""),
    "CHEESE": ("cheese", ""),
    "RICE": ("rice", ""),
}
DRINKS = {"COFFEE": ("coffee", ""), "TEA": ("tea", ""), "MILK": ("milk", ""), "WATER": ("water", "")}
THINGS = {
    word.upper(): (word, f"{word}s")
    for word in "car house book letter phone bicycle table chair key ticket bag coat lamp clock boat picture".split()
}
ANIMALS = {"DOG": ("dog", "dogs"), "CAT": ("cat", "cats"), "HORSE": ("horse", "horses")}
NOUN_CLASSES = {"food": FOODS, "drink": DRINKS, "thing": THINGS, "animal": ANIMALS}
NOUNS = {**FOODS, **DRINKS, **THINGS, **ANIMALS}
THING_ADJECTIVES = {
    word.upper(): word
    for word in "red blue green yellow black white big small old new cheap expensive beautiful heavy".split()
}
FOOD_ADJECTIVES = {word.upper(): word for word in "cold warm good cheap expensive old".split()}
PERSON_ADJECTIVES = {word.upper(): word for word in "old young tall small beautiful good".split()}
FEELINGS = {word.upper(): word for word in "happy sad tired hungry sick angry".split()}
NUMBERS = {word.upper(): word for word in "one two three four five six seven eight nine ten".split()}
VERBS = {  # concept: (forms: base, third person, past), classes of object
    "BUY": ("buy buys bought", ("food", "drink", "thing", "animal")),
    "SELL": ("sell sells sold", ("food", "drink", "thing", "animal")),
    "EAT": ("eat eats ate", ("food",)),
    "MAKE": ("make makes made", ("food", "drink")),
    "DRINK": ("drink drinks drank", ("drink",)),
    "ORDER": ("order orders ordered", ("food", "drink")),
    "BRING": ("bring brings brought", ("food", "drink", "thing")),
    "WANT": ("want wants wanted", ("food", "drink", "thing", "animal")),
    "LIKE": ("like likes liked", ("food", "drink", "thing")),
    "NEED": ("need needs needed", ("food", "drink", "thing")),
    "FIND": ("find finds found", ("food", "thing", "animal")),
    "LOSE": ("lose loses lost", ("thing",)),
    "CARRY": ("carry carries carried", ("food", "drink", "thing")),
    "CLEAN": ("clean cleans cleaned", ("thing",)),
    "REPAIR": ("repair repairs repaired", ("thing",)),
    "PAINT": ("paint paints painted", ("thing", "animal")),
    "BORROW": ("borrow borrows borrowed", ("thing",)),
    "SEE": ("see sees saw", ("thing", "animal", "person")),
    "LOVE": ("love loves loved", ("animal",)),
    "FEED": ("feed feeds fed", ("animal",)),
    "HELP": ("help helps helped", ("person",)),
    "VISIT": ("visit visits visited", ("person",)),
    "MEET": ("meet meets met", ("person",)),
    "CALL": ("call calls called", ("person",)),
}
PLACE_VERBS = {  # concept: (forms, preposition; empty takes the place's own)
    "WORK": ("work works worked", ""),
    "LIVE": ("live lives lived", ""),
    "REST": ("rest rests rested", ""),
    "GO": ("go goes went", "to"),
    "COME": ("come comes came", "from"),
    "WAIT": ("wait waits waited", ""),
    "STUDY": ("study studies studied", ""),
    "PLAY": ("play plays played", ""),
    "WALK": ("walk walks walked", "to"),
    "DANCE": ("dance dances danced", ""),
    "SING": ("sing sings sang", ""),
    "STAY": ("stay stays stayed", ""),
}
PLACES = {  # concept: (own preposition, noun)
    **{
        place.upper(): ("in", place)
        for place in "north south east west city village garden forest office kitchen".split()
    },
    **{place.upper(): ("in", place) for place in "mountains hospital library".split()},
    **{place.upper(): ("at", place) for place in "school station market sea bank airport".split()},
}
WEATHER = {  # concept: forms of a verb, or an adjective after "be"
    "RAIN": ("rain rains rained", ""),
    "SNOW": ("snow snows snowed", ""),
    **{word.upper(): ("", word) for word in "sunny windy cloudy foggy stormy cold warm".split()},
}
TIMES = {  # signs of a time expression: (words, tense)
    ("YESTERDAY",): ("yesterday", "past"),
    ("RECENTLY",): ("recently", "past"),
    ("TODAY",): ("today", "future"),
    ("TOMORROW",): ("tomorrow", "future"),
    ("TONIGHT",): ("tonight", "future"),
    ("SOON",): ("soon", "future"),
    **{("LAST", unit): (f"last {unit.lower()}", "past") for unit in ("WEEK", "MONTH", "YEAR", "WINTER", "SUMMER")},
    **{("NEXT", unit): (f"next {unit.lower()}", "future") for unit in ("WEEK", "MONTH", "YEAR", "WINTER", "SUMMER")},
    **{
        ("EVERY", unit): (f"every {unit.lower()}", "present")
        for unit in ("DAY", "WEEK", "MONTH", "YEAR", "WINTER", "SUMMER")
    },
}
QUESTIONS = ("WHAT", "WHO", "WHERE", "WHEN", "WHY", "HOW-MANY")
LINKS = {"BECAUSE": "because", "AND": "and", "BUT": "but"}
OTHERS = ("WITH", "VERY", "NOT")
SYNONYMS = {"big": "large", "small": "little", "father": "dad", "mother": "mum", "nurse": "carer"}
SYNONYM_RATE = 0.25  # how often the other word stands for a word that has one


def concepts() -> tuple[str, ...]:
    """Every gloss but letters and numerals, each once, in a fixed order."""
    groups = (
        PRONOUNS, OWNERS, KIN, PERSONS, NOUNS, THING_ADJECTIVES, FOOD_ADJECTIVES, PERSON_ADJECTIVES, FEELINGS,
        VERBS, PLACE_VERBS, PLACES, WEATHER, [sign for time in TIMES for sign in time], QUESTIONS, LINKS, OTHERS,
    )  # fmt: skip
    return tuple(dict.fromkeys(gloss for group in groups for gloss in group))

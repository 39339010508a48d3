from smallcrm.core import translations


def test_every_text_is_translated_once_and_with_the_same_placeholders():
    assert translations.problems() == []


def test_the_compiled_translations_are_those_of_the_rooms():
    assert translations.COMPILED.read_bytes() == translations.compiled(), "run: smallcrm translations compile"

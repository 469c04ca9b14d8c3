"""What values point to is told by its name, files too."""

from __future__ import annotations

from sqlalchemy import insert

from crm.attachments.tables import attachment
from crm.fields.field import Field
from crm.fields.files import File
from crm.fields.kind import Showing
from crm.linked_names import titles
from tests.crm.toys import EVERYBODY, ToyOffice


async def test_a_file_is_told_by_its_name(tmp_path):
    """The value is a number that says nothing to anybody."""
    office = await ToyOffice.open(tmp_path)
    paper = Field(name="paper", kind=File(), label="Paper")
    row = {
        "entity": "toy",
        "record_id": 1,
        "field": "paper",
        "name": "قرارداد.pdf",
        "media": "application/pdf",
        "size": 1,
        "sha256": "0",
        "at": 1.0,
    }

    def work(connection):
        number = connection.execute(insert(attachment).values(row)).inserted_primary_key[0]
        return number, titles(connection, office.catalogue.entities, [paper], [{"paper": number}, {"paper": None}], EVERYBODY)

    number, named = await office.database.write(work)
    assert paper.kind.show(number, Showing(language="fa", titles=named)) == "قرارداد.pdf"
    await office.close()

"""The study drug of a policy, with its usual amounts. Pure."""

from dataclasses import dataclass

IN_MG = {"ug": 0.001, "mg": 1.0, "g": 1000.0}
OTHER = "other"  # an adverse event that is described in words; every policy has it


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDrug:
    """The drug of a study, with the amounts that are usual in it.

    Attributes:
        name: of the drug.
        range_mg: lowest and highest usual dose.
        supplement_mg: likewise of a supplemental dose; None if the study has none.
    """

    name: str
    range_mg: tuple[float, float]
    supplement_mg: tuple[float, float] | None = None

    def unusual(self, kind: str, amount: float, unit: str) -> str:
        """Return why an amount is unusual, or an empty text; also for a unit that is no mass.

        >>> StudyDrug(name="MDMA", range_mg=(75, 125)).unusual("dose", 1.2, "g")
        '1200 mg is outside the 75 to 125 mg of this study'
        """
        if unit not in IN_MG:
            return ""
        amount_mg = amount * IN_MG[unit]
        usual = self.range_mg if kind == "dose" else self.supplement_mg
        if usual is None:
            return "this study has no supplemental dose"
        low, high = usual
        if low <= amount_mg <= high:
            return ""
        return f"{amount_mg:g} mg is outside the {low:g} to {high:g} mg of this study"

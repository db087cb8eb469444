"""Forms to give out: a questionnaire as REDCap, XLSForm, SurveyJS and FHIR have it, and FHIR responses written.

One description of a form, what each program can say of it, and what it cannot. What comes back is read in `exchange`.
Imports `answers` and what is below.
"""

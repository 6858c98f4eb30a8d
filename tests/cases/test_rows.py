"""What each row of the requirements asks a record to be able to say, against what can be recorded.

The table is written from the rows and not from the data: a code that goes leaves its row without a proof. What a code alone
cannot show has tests of its own, which carry the same mark.
"""

from collections.abc import Iterator

import pytest
from tests.cases.test_every_code import Desk, desk, written

__all__ = ["desk"]
pytestmark = pytest.mark.django_db

ROWS = {
    "TAX-01": "harm: material_production; harm_act: produce_visual produce_audio",
    "TAX-02": "harm: material_distribution; harm_act: distribute disseminate offer sell import export",
    "TAX-03": "harm: material_possession",
    "TAX-04": "harm: material_access",
    "TAX-05": "harm: material_interaction",
    "TAX-06": "media_type: audio",
    "TAX-07": "harm: altered_imagery; authenticity: altered_from_real",
    "TAX-08": "self_generated: self_generated; self_generated_context:"
    " private_own_use shared_by_agreement peer_pressure coerced_or_deceived extorted traded",
    "TAX-09": "harm: onward_sharing; image_role: sharer",
    "TAX-10": "harm: solicitation; tactic: flattery secrecy; solicitation_stage:"
    " contact_made trust_building isolating sexualising requesting coercing",
    "TAX-12": "contact_step: moved_to; tactic: moving_platform",
    "TAX-13": "harm: sexual_extortion; demand: sexual",
    "TAX-14": "harm: financial_sexual_extortion; demand: money; amount_band: under_50 over_10000; paid_state: not_paid paid_once paid_repeatedly",
    "TAX-15": "actor_part: group_actor; actor_structure: organised_network",
    "TAX-17": "harm: live_streaming; actor_part: viewer_director facilitator_on_site payer",
    "TAX-19": "harm: coerced_group_sale; audience_size: one two_to_ten to_100 to_10000 over_10000",
    "TAX-20": "harm: sexual_harassment",
    "TAX-21": "harm: unwanted_nudity",
    "TAX-22": "harm: stalking",
    "TAX-23": "harm: exposing_details; exposed_detail: name address school phone accounts face family workplace location",
    "TAX-24": "harm: image_based_abuse; harm_act: create capture record share threaten",
    "TAX-25": "harm_act: covert_capture upskirting downblousing voyeuristic_recording",
    "TAX-26": "acquisition: hacked",
    "TAX-28": "harm: expose_account; item_kind: account; exposed_detail: name accounts",
    "TAX-29": "harm: unwanted_explicit",
    "TAX-30": "harm: nonconsensual_communication",
    "TAX-31": "harm: gender_harassment",
    "TAX-32": "ai_technique: deepfake_identified",
    "TAX-33": "ai_technique: nudify; item_kind: tool url",
    "TAX-34": "ai_technique: de_age",
    "TAX-35": "ai_technique: voice_clone; media_type: audio",
    "TAX-36": "ai_technique: text_to_image",
    "TAX-37": "ai_technique: image_to_image_known image_to_image_benign",
    "TAX-38": "ai_technique: inpainting",
    "TAX-39": "ai_technique: known_victim_variant",
    "TAX-40": "depicted_type: famous_child known_to_person_of_concern",
    "TAX-41": "authenticity: fully_synthetic; realism: photorealistic",
    "TAX-42": "realism: drawn rendered; media_type: drawing animation",
    "TAX-43": "ai_technique: video_generation; media_type: video animation new_or_emerging",
    "TAX-44": "tactic: automated_grooming ai_advice",
    "TAX-45": "integrity_concern: ai_tampering",
    "TAX-46": "ai_technique: peer_to_peer_ai; platform_type: peer_to_peer",
    "TAX-47": "item_kind: data_set model model_host",
    "TAX-48": "harm: generation_guide",
    "TAX-49": "harm: avatar_assault",
    "TAX-50": "tactic: childlike_avatar voice_or_face_filter private_space; platform_type: xr",
    "TAX-51": "platform_type: xr; media_type: xr_scene; sensory: headset haptic tracked_body",
    "TAX-52": "harm: indecent_virtual_scene",
    "TAX-53": "meeting_place: game_location; platform_type: location_game",
    "TAX-54": "other_violence: bullying racism explicit_exposure",
    "TAX-55": "harm: commercial_sale; commercial: commercial; actor_part: seller; offer_type: site_access menu bespoke bundle",
    "TAX-56": "payment_rail: cryptocurrency; item_kind: wallet",
    "TAX-57": "payment_rail: gift_card game_currency; payment_purpose: inducement; tactic: money_or_gifts game_currency",
    "TAX-59": "harm: offered_meeting self_harm_media",
    "TAX-60": "harm: child_influencer_monetisation; monetisation: subscriptions tips paid_messages; offer_type: subscription private_request",
    "TAX-61": "harm: family_image_misuse; actor_part: account_runner; image_role: account_runner; relation: parent relative",
    "TAX-62": "harm: parental_production; relation: parent",
    "TAX-63": "harm: trafficking_sexual; trafficking_stage: profiling recruitment advertising control payment",
    "TAX-64": "harm: trafficking_production",
    "TAX-66": "harm: exploitation_in_prostitution",
    "TAX-67": "harm: escort_seeking; platform_type: escort",
    "TAX-68": "context: travel_and_tourism",
    "TAX-69": "context: private_rental; meeting_place: rental; platform_type: rental; item_kind: listing",
    "TAX-70": "platform_type: classifieds",
    "TAX-71": "harm: labour_sale",
    "TAX-72": "harm: illegal_adoption",
    "TAX-73": "harm: organ_transfer",
    "TAX-74": "harm: sale_or_abduction; trafficking_purpose: sexual_exploitation forced_labour forced_marriage forced_crime armed_group begging",
    "TAX-75": "harm: criminal_recruitment",
    "TAX-76": "harm: online_harassment",
    "TAX-77": "harm: sexual_performance forced_acts",
    "TAX-78": "contact_step: met_in_person",
    "TAX-79": "actor_age: child; diversion: supported_conversation education therapeutic_help restorative child_protection child_justice",
    "TAX-80": "technology_role: enabled facilitated documented incidental",
    "TAX-81": "tactic: fake_account impersonation posing_as_teenager",
    "TAX-82": "systemic_complaint: recommendations hashtags suggested_accounts ranked_search paid_adverts",
    "TAX-83": "systemic_complaint: no_action wilful_blindness",
    "TAX-84": "concealment: anonymity_network vpn peer_to_peer encryption anonymous_accounts disappearing_messages",
    "TAX-85": "item_kind: signpost",
    "TAX-88": "context: armed_conflict displacement lockdown",
    "TAX-89": "context: lockdown unsupervised_time",
    "DIM-01": "age_band: age_0 age_1_2 age_3_6 age_7_9 age_10 age_11_12 age_13_15 age_16_17",
    "DIM-04": "gender: girl_or_woman boy_or_man",
    "DIM-05": "actor_age: child adult",
    "DIM-06": "relation: stranger known_in_person relative parent partner peer online_only",
    "DIM-07": "actor_structure: alone several organised_network; group_size: two_to_five six_to_twenty over_twenty",
    "DIM-15": "sensitive_answer: hardship wealth",
    "DIM-17": "told_whom: nobody friend parent_or_carer teacher police",
    "DIM-18": "barrier: shame_or_stigma not_taken_seriously not_aware fear_of_consequence",
    "DIM-20": "platform_type: social messaging media_sharing game streaming xr classifieds rental escort adult_content forum darknet peer_to_peer"
    " search app_store ai_service",
    "DIM-22": "space: private_message private_media open hidden_service",
    "DIM-23": "encryption: end_to_end not_end_to_end",
    "DIM-27": "payment_rail: cryptocurrency card gift_card game_currency subscription",
    "DIM-28": "commercial: commercial non_commercial",
    "DIM-29": "motive: sexual financial sexual_and_financial other",
    "DIM-39": "tactic: fake_account feigned_romance money_or_gifts game_currency role_play blackmail",
    "DIM-40": "elapsed: under_hour under_day under_week under_month under_year over_year",
    "DIM-41": "impact: fear anxiety low_mood isolation school trauma self_harm suicidal_thoughts",
    "DIM-42": "report_source: public child platform hotline police helpline",
    "DIM-45": "account_action: removed suspended restricted warned no_action",
    "DIM-50": "obfuscation: mixer privacy_coin",
    "DIM-51": "other_violence: physical neglect trafficking bullying",
    "DIM-52": "systemic_complaint: feature_missing_here",
    "TRG-06": "demand: sexual money contact silence meeting recruit_others; threat_audience: family friends school followers public",
    "TRG-13": "authenticity: real altered_from_real fully_synthetic undetermined",
    "TRG-18": "novelty: known known_variant new",
    "TRG-24": "targeting: vulnerability_based interest_based location_based social_graph",
    "TRG-25": "organised_pattern: organised_group shared_script; tactic: scripted_pattern",
    "TRM-08": "self_generated_context: shared_by_agreement coerced_or_deceived",
    "FIN-03": "item_kind: wallet; chain: bitcoin ethereum litecoin monero tron new_or_emerging; coin: bitcoin ether litecoin monero stablecoin token",
    "FIN-04": "obfuscation: mixer privacy_coin",
    "FIN-05": "payment_rail: gift_card game_currency",
    "EVD-02": "evidence_kind: image video electronic_trace payment advert",
    "EVD-15": "evidence_kind: metadata_only electronic_trace",
}


def asked(row: str) -> Iterator[tuple[str, str]]:
    for part in ROWS[row].split("; "):
        family, _, codes = part.partition(": ")
        yield from ((family, code) for code in codes.split())


@pytest.mark.parametrize("row", [pytest.param(row, marks=pytest.mark.req(row)) for row in ROWS])
def test_a_record_can_say_all_that_the_row_asks_for(desk: Desk, row: str) -> None:
    assert {(family, code): written(desk, family, code) for family, code in asked(row)} == {(family, code): code for family, code in asked(row)}

/**
 * The gup-test job: what the kernel's {@code tools/testing/selftests/mm/gup_test} does, on a modelled memory. It maps a
 * range, takes references on all of it by one call after the other, gives them back, and reports the times of both. In
 * between, outside the measured times, it checks every page.
 *
 * <p>Vocabulary. A <em>call</em> is one get or pin call of up to n pages. A <em>caller</em> is a thread that makes
 * them. A <em>run</em> is one caller's way through the whole range, once. A <em>slice</em> is as much of the range as
 * all callers can hold at a time; it is the whole range unless there are very many calls.
 */
@NullMarked
package io.pinfold.hwmodel.guptest;

import org.jspecify.annotations.NullMarked;

# Golden numbers of Kaplan-Meier and Aalen-Johansen curves. Run: Rscript tests/golden/curves.R
library(survival)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "competing.csv"))
spells <- read.csv(file.path(here, "data", "spells.csv"))
d$state <- factor(d$cause, 0:2)
versions <- sprintf("R %s; survival %s", getRversion(), packageVersion("survival"))
golden <- NULL
add <- function(curve, group, cause, f, estimate, std_error, lower, upper, at_risk, events) {
  g <- data.frame(curve, group, cause, time = f$time, estimate, std_error, lower, upper, at_risk, events)
  number <- c("estimate", "std_error", "lower", "upper")
  g[number] <- lapply(g[number], function(v) ifelse(is.finite(v), sprintf("%.15g", v), ""))
  golden <<- rbind(golden, g)
}
km <- function(curve, group, f) {
  add(curve, group, 1, f, f$surv, f$surv * f$std.err, f$lower, f$upper, f$n.risk, f$n.event)
}
aj <- function(curve, group, f) {
  for (k in 1:2) {
    add(curve, group, k, f, f$pstate[, k + 1], f$std.err[, k + 1], f$lower[, k + 1],
        f$upper[, k + 1], f$n.risk[, 1], f$n.event[, k + 1])
  }
}
for (g in sort(unique(d$area))) {
  e <- d[d$area == g, ]
  km("km_entry", g, survfit(Surv(start, stop, cause > 0) ~ 1, e))
  aj("aj_entry", g, survfit(Surv(start, stop, state) ~ 1, e, id = id))
  km("km", g, survfit(Surv(stop, cause > 0) ~ 1, e))
  aj("aj", g, survfit(Surv(stop, state) ~ 1, e))
}
km("km_spells", "all", survfit(Surv(start, stop, event) ~ 1, spells))
golden$versions <- versions
write.csv(golden, file.path(here, "curves.csv"), row.names = FALSE, quote = FALSE)

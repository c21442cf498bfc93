// The choice of portal, a portal's home, registration, and the mail that is on its way.
export default {
  es: {
    "choose.title": "¿Qué portal necesita?",
    "choose.lead": "Elija la institución con la que va a hacer su trámite o de la que espera una notificación.",
    "choose.staff": "Instituciones y personal",
    "choose.staff-link": "Notificar a los ciudadanos, revisar solicitudes o atender en ventanilla",
  },
  en: {
    "choose.title": "Which portal do you need?",
    "choose.lead": "Choose the institution with which you have business, or from which you expect a notification.",
    "choose.staff": "Institutions and staff",
    "choose.staff-link": "Notify citizens, review applications or serve at the counter",
  },
};
